"""Membership and promotion: applications, nominations, ballots whose rule is data, roles given up, and who has become quiet."""
