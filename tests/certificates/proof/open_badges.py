"""A JSON Schema of what Open Badges 3.0 and the W3C specifications ask of a credential, each rule with its source.

OB: Open Badges Specification 3.0 (1EdTech), by section of its data model. VC: Verifiable Credentials Data Model 2.0 (W3C).
DI: Data Integrity 1.0 and its EdDSA Cryptosuites 1.0 (W3C). BSL: Bitstring Status List 1.0 (W3C).
"""

from __future__ import annotations

from typing import Any

URI = {"type": "string", "pattern": r"^(https?|did|urn):\S+$", "$comment": "OB B.7.1 URI; VC 4.4: an id is one URL"}
# Both ask for the zone: OB B.7.1 DateTimeZ, VC 4.9 dateTimeStamp.
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}


def types(*wanted: str) -> dict[str, Any]:
    """OB, at each class: the type property is an unordered set that includes the name of the class."""
    return {
        "type": "array",
        "items": {"type": "string"},
        "uniqueItems": True,
        "allOf": [{"contains": {"const": name}} for name in wanted],
    }


PROFILE = {
    "$comment": "OB B.1.19 Profile: id and type are needed; VC 4.7: issuer is a URL or an object with an id that is one",
    "type": "object",
    "required": ["id", "type"],
    "properties": {"id": URI, "type": types("Profile"), "name": {"type": "string"}, "url": URI},
}
RESULT_DESCRIPTION = {
    "$comment": "OB B.1.22 ResultDescription: id, type, name, resultType; the words of resultType are OB B.2.6",
    "type": "object",
    "required": ["id", "type", "name", "resultType"],
    "properties": {
        "id": URI,
        "type": types("ResultDescription"),
        "name": {"type": "string"},
        "resultType": {"enum": ["GradePointAverage", "LetterGrade", "Percent", "PerformanceLevel", "PredictedScore", "RawScore",
                                "Result", "RubricCriterion", "RubricCriterionLevel", "RubricScore", "ScaledScore", "Status"]},
    },
}  # fmt: skip
ACHIEVEMENT = {
    "$comment": "OB B.1.1 Achievement: id, type, criteria, description and name are needed; words of achievementType are OB B.2.1",
    "type": "object",
    "required": ["id", "type", "criteria", "description", "name"],
    "properties": {
        "id": URI,
        "type": types("Achievement"),
        "achievementType": {"enum": ["Achievement", "ApprenticeshipCertificate", "Assessment", "Assignment", "AssociateDegree",
                                     "Award", "Badge", "BachelorDegree", "Certificate", "CertificateOfCompletion",
                                     "Certification", "CommunityService", "Competency", "Course", "CoCurricular", "Degree",
                                     "Diploma", "DoctoralDegree", "Fieldwork", "GeneralEducationDevelopment",
                                     "JourneymanCertificate", "LearningProgram", "License", "Membership",
                                     "ProfessionalDoctorate", "QualityAssuranceCredential", "MasterCertificate",
                                     "MasterDegree", "MicroCredential", "ResearchDoctorate", "SecondarySchoolDiploma"]},
        "criteria": {
            "$comment": "OB B.1.6 Criteria: a page, a narrative, or both",
            "type": "object",
            "properties": {"id": URI, "narrative": {"type": "string", "minLength": 1}},
            "anyOf": [{"required": ["id"]}, {"required": ["narrative"]}],
        },
        "description": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        "resultDescription": {"type": "array", "items": RESULT_DESCRIPTION},
    },
}  # fmt: skip
IDENTITY = {
    "$comment": "OB B.1.14 IdentityObject: nothing but these; the words of identityType are OB B.2.3",
    "type": "object",
    "required": ["type", "hashed", "identityHash", "identityType"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "IdentityObject"},
        "hashed": {"type": "boolean"},
        "identityHash": {"type": "string", "minLength": 1},
        "identityType": {"enum": ["name", "sourcedId", "systemId", "productId", "userName", "accountId", "emailAddress",
                                  "nationalIdentityNumber", "isbn", "issn", "lisSourcedId", "oneRosterSourcedId",
                                  "sisSourcedId", "ltiContextId", "ltiDeploymentId", "ltiToolId", "ltiPlatformId", "ltiUserId",
                                  "identifier"]},
        "salt": {"type": "string"},
    },
}  # fmt: skip
SUBJECT = {
    "$comment": "OB B.1.3 AchievementSubject: type and achievement, and who it is: an id or at least one identifier",
    "type": "object",
    "required": ["type", "achievement"],
    "anyOf": [{"required": ["id"]}, {"required": ["identifier"]}],
    "additionalProperties": False,
    "properties": {
        "id": URI,
        "type": types("AchievementSubject"),
        "activityStartDate": MOMENT,
        "activityEndDate": MOMENT,
        "achievement": ACHIEVEMENT,
        "identifier": {"type": "array", "minItems": 1, "items": IDENTITY},
        "role": {"type": "string", "minLength": 1},
        "result": {
            "type": "array",
            "items": {
                "$comment": "OB B.1.21 Result: the description that it is a result of is named by its id",
                "type": "object",
                "required": ["type"],
                "properties": {"type": types("Result"), "resultDescription": URI, "value": {"type": "string"}},
            },
        },
    },
}
STATUS = {
    "$comment": "BSL 2.1 BitstringStatusListEntry: the index is a text of digits; the list isn't the entry's own id",
    "type": "object",
    "required": ["type", "statusPurpose", "statusListIndex", "statusListCredential"],
    "properties": {
        "id": URI,
        "type": {"const": "BitstringStatusListEntry"},
        "statusPurpose": {"enum": ["revocation", "suspension", "message", "refresh"]},
        "statusListIndex": {"type": "string", "pattern": r"^(0|[1-9]\d*)$"},
        "statusListCredential": URI,
        "statusMessage": {
            "$comment": "BSL 2.1: as many as there are states, which are two for the one bit that an entry has",
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {
                "type": "object",
                "required": ["status", "message"],
                "properties": {
                    "status": {"type": "string", "pattern": "^0x[0-9a-f]+$"},
                    "message": {"type": "string"},
                },
            },
        },
        "statusReference": URI,
    },
}
PROOF = {
    "$comment": "DI 2.1 proofs; EdDSA Cryptosuites 2.2.1: a proofValue is base58btc behind z; 3.3.5: the document's @context is in it",
    "type": "object",
    "required": ["type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue", "@context"],
    "properties": {
        "type": {"const": "DataIntegrityProof"},
        "cryptosuite": {"const": "eddsa-jcs-2022"},
        "created": MOMENT,
        "verificationMethod": {"type": "string", "pattern": r"^did:web:[A-Za-z0-9.%-]+#\S+$"},
        "proofPurpose": {"const": "assertionMethod"},
        "proofValue": {"type": "string", "pattern": "^z[1-9A-HJ-NP-Za-km-z]{86,88}$"},
    },
}
CREDENTIAL: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$comment": "OB B.1.2 AchievementCredential: @context, id, type, name, credentialSubject, issuer, validFrom are needed",
    "type": "object",
    "required": ["@context", "id", "type", "name", "credentialSubject", "issuer", "validFrom", "proof"],
    "properties": {
        "@context": {
            "$comment": "OB B.1.2, VC 4.3: an ordered set that begins with that of VC 2.0, then that of Open Badges 3.0.3",
            "type": "array",
            "minItems": 2,
            "prefixItems": [
                {"const": "https://www.w3.org/ns/credentials/v2"},
                {"const": "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
            ],
        },
        "id": URI,
        "type": types("VerifiableCredential", "OpenBadgeCredential"),
        "name": {"type": "string", "minLength": 1},
        "issuer": PROFILE,
        "validFrom": MOMENT,
        "validUntil": MOMENT,
        "awardedDate": {**MOMENT, "$comment": "OB B.1.2: when it was awarded, whatever validFrom says of this edition"},
        "credentialSubject": SUBJECT,
        "credentialStatus": STATUS,
        "proof": PROOF,
    },
}
STATUS_LIST: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$comment": "BSL 2.2 BitstringStatusListCredential",
    "type": "object",
    "required": ["@context", "id", "type", "issuer", "credentialSubject", "proof"],
    "properties": {
        "@context": {"type": "array", "prefixItems": [{"const": "https://www.w3.org/ns/credentials/v2"}]},
        "id": URI,
        "type": types("VerifiableCredential", "BitstringStatusListCredential"),
        "issuer": URI,
        "validFrom": MOMENT,
        "credentialSubject": {
            "type": "object",
            "required": ["type", "statusPurpose", "encodedList"],
            "properties": {
                "id": URI,
                "type": {"const": "BitstringStatusList"},
                "statusPurpose": {"const": "revocation"},
                "encodedList": {
                    "type": "string",
                    "pattern": "^u[A-Za-z0-9_-]+$",
                    "$comment": "multibase base64url, no padding",
                },
                "ttl": {"type": "integer", "minimum": 1, "$comment": "milliseconds"},
            },
        },
        "proof": PROOF,
    },
}
