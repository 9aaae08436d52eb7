"""The part of the matrix about promotions; see matrix.py."""

PROMOTIONS = """\
#                                                  anon  dora  otto  nils  mona  max   fay   admin suspe
GET /promotions.csv                               200   200   200   200   200   200   200   200   200
GET /promotions/                                  200   200   200   200   200   200   200   200   200
GET /promotions/<int:promotion_id>/               404   200   200   404   200   200   404   200   404
GET /promotions/<int:promotion_id>/#voting        404   200   200   200   200   200   200   200   404
GET /promotions/<int:promotion_id>/#applied       404   404   404   404   200   200   200   200   404
POST /promotions/<int:promotion_id>/close#voting  404   403   403   403   409   409   403   403   404
GET /promotions/<int:promotion_id>/decline#applied 404   404   404   404   200   200   403   403   404
POST /promotions/<int:promotion_id>/decline#applied 404   404   404   404   422   422   403   403   404
GET /promotions/<int:promotion_id>/edit           404   200   200   404   403   403   404   403   404
POST /promotions/<int:promotion_id>/edit          404   422   422   404   403   403   404   403   404
POST /promotions/<int:promotion_id>/grant         404   403   403   404   409   409   404   403   404
POST /promotions/<int:promotion_id>/grant#applied 404   404   404   404   303   303   403   403   404
GET /promotions/<int:promotion_id>/move#voting    404   403   403   403   200   200   403   403   404
POST /promotions/<int:promotion_id>/move#voting   404   403   403   403   422   422   403   403   404
GET /promotions/<int:promotion_id>/open           404   403   403   404   200   200   404   403   404
POST /promotions/<int:promotion_id>/open          404   403   403   404   409   409   404   403   404
GET /promotions/<int:promotion_id>/recommend      404   403   403   404   200   200   404   403   404
POST /promotions/<int:promotion_id>/recommend     404   403   403   404   422   422   404   403   404
GET /promotions/<int:promotion_id>/set-aside      404   403   403   404   200   200   404   200   404
POST /promotions/<int:promotion_id>/set-aside     404   403   403   404   422   422   404   422   404
POST /promotions/<int:promotion_id>/set-aside#applied 404   404   404   404   403   403   403   403   404
POST /promotions/<int:promotion_id>/stand         404   422   403   404   403   403   404   403   404
GET /promotions/<int:promotion_id>/take-back      404   403   200   404   403   403   404   403   404
POST /promotions/<int:promotion_id>/take-back     404   403   303   404   403   403   404   403   404
GET /promotions/<int:promotion_id>/vote#voting    404   200   200   200   200   200   200   200   404
POST /promotions/<int:promotion_id>/vote#voting   404   422   422   422   422   422   422   422   404
GET /promotions/<int:promotion_id>/withdraw       404   200   403   404   403   403   404   403   404
POST /promotions/<int:promotion_id>/withdraw      404   303   403   404   403   403   404   403   404
GET /promotions/roles/                            302   200   200   200   200   200   200   200   302
GET /promotions/rules/                            200   200   200   200   200   200   200   200   200
GET /promotions/rules/<rule_set>/                 200   200   200   200   200   200   200   200   200
GET /promotions/rules/<rule_set>/change           302   403   403   403   403   403   403   200   302
POST /promotions/rules/<rule_set>/change          302   403   403   403   403   403   403   422   302
GET /promotions/rules/<rule_set>/edit             302   403   403   403   403   403   403   200   302
POST /promotions/rules/<rule_set>/edit            302   403   403   403   403   403   403   422   302
GET /promotions/rules/new                         302   403   403   403   403   403   403   200   302
POST /promotions/rules/new                        302   403   403   403   403   403   403   422   302
GET /sigs/<slug>/apply                            302   200   200   200   200   200   200   200   302
POST /sigs/<slug>/apply                           302   422   422   422   422   422   422   422   302
GET /sigs/<slug>/nominate                         302   200   200   200   200   200   200   200   302
POST /sigs/<slug>/nominate                        302   422   422   422   422   422   422   422   302
GET /sigs/<slug>/inactivity                       302   403   403   403   200   200   403   200   302
GET /sigs/<slug>/inactivity.csv                   302   403   403   403   200   200   403   200   302
GET /sigs/<slug>/people/<int:membership_id>/end-role 302   403   403   403   200   200   403   200   302
POST /sigs/<slug>/people/<int:membership_id>/end-role 302   403   403   403   422   422   403   422   302
GET /sigs/<slug>/people/<int:membership_id>/step-down 302   403   200   403   403   403   403   403   302
POST /sigs/<slug>/people/<int:membership_id>/step-down 302   403   422   403   403   403   403   403   302
GET /sigs/<slug>/promotion-rules                  302   403   403   403   200   200   403   200   302
POST /sigs/<slug>/promotion-rules                 302   403   403   403   422   422   403   422   302
"""
