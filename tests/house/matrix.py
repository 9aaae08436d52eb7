"""Who gets which answer from which address. Columns as in stage.IDENTITIES; `#…` picks another subject of stage.py.

A GET without more is the page, a POST carries nothing but its token. `/readyz` opens a connection of its own, which a test
in one transaction doesn't have: its answers are in tests of their own.
"""

TABLE = """
#                                                  anon  dora  otto  nils  mona  max   fay   admin suspe
GET /                                              200   200   200   200   200   200   200   200   200
GET /account/                                      302   200   200   200   200   200   200   200   302
POST /account/                                     302   422   422   422   422   422   422   422   302
GET /account/confirm/<token>                       409   409   409   409   409   409   409   409   409
POST /account/confirm/<token>                      409   409   409   409   409   409   409   409   409
GET /account/email                                 302   200   200   200   200   200   200   200   302
POST /account/email                                302   422   422   422   422   422   422   422   302
POST /account/language                             302   422   422   422   422   422   422   422   302
GET /account/password                              302   200   200   200   200   200   200   200   302
POST /account/password                             302   422   422   422   422   422   422   422   302
POST /account/resend                               302   409   409   409   409   409   409   409   302
GET /account/reset                                 200   200   200   200   200   200   200   200   200
POST /account/reset                                422   422   422   422   422   422   422   422   422
GET /account/reset/<token>                         409   409   409   409   409   409   409   409   409
POST /account/reset/<token>                        409   409   409   409   409   409   409   409   409
GET /account/reset/sent                            200   200   200   200   200   200   200   200   200
GET /account/sessions                              302   200   200   200   200   200   200   200   302
POST /account/sessions/<int:session_id>/end        302   303   404   404   404   404   404   404   302
POST /account/sessions/end-all                     302   303   303   303   303   303   303   303   302
GET /calendar/days                                 302   403   403   403   403   403   403   200   302
POST /calendar/days                                302   403   403   403   403   403   403   422   302
POST /calendar/days/<int:day_id>/remove            302   403   403   403   403   403   403   303   302
GET /claims/                                       302   200   200   200   200   200   200   200   302
GET /claims/<int:claim_id>/                        404   200   404   200   200   200   404   200   404
GET /claims/<int:claim_id>/answer-design           404   403   404   200   200   200   404   403   404
POST /claims/<int:claim_id>/answer-design          404   403   404   422   422   422   404   403   404
POST /claims/<int:claim_id>/approve                404   403   404   409   409   409   404   403   404
POST /claims/<int:claim_id>/approve#applied        404   403   404   303   303   303   404   403   404
GET /claims/<int:claim_id>/design                  404   200   404   403   403   403   404   403   404
POST /claims/<int:claim_id>/design                 404   422   404   403   403   403   404   403   404
GET /claims/<int:claim_id>/fail                    404   403   404   200   200   200   404   403   404
POST /claims/<int:claim_id>/fail                   404   403   404   422   422   422   404   403   404
GET /claims/<int:claim_id>/progress                404   200   404   403   403   403   404   403   404
POST /claims/<int:claim_id>/progress               404   422   404   403   403   403   404   403   404
GET /claims/<int:claim_id>/reject                  404   403   404   200   200   200   404   403   404
POST /claims/<int:claim_id>/reject                 404   403   404   422   422   422   404   403   404
POST /claims/<int:claim_id>/reject#applied         404   403   404   422   422   422   404   403   404
GET /claims/<int:claim_id>/release                 404   200   404   403   403   403   404   403   404
POST /claims/<int:claim_id>/release                404   303   404   403   403   403   404   403   404
GET /claims/<int:claim_id>/review                  404   403   404   200   200   200   404   403   404
POST /claims/<int:claim_id>/review                 404   403   404   422   422   422   404   403   404
GET /claims/<int:claim_id>/submit                  404   200   404   403   403   403   404   403   404
POST /claims/<int:claim_id>/submit                 404   422   404   403   403   403   404   403   404
GET /claims/<int:claim_id>/withdraw                404   200   404   403   403   403   404   403   404
POST /claims/<int:claim_id>/withdraw               404   409   404   403   403   403   404   403   404
POST /claims/<int:claim_id>/withdraw#applied       404   303   404   403   403   403   404   403   404
GET /claims/<int:claim_id>/#applied                404   200   404   200   200   200   404   200   404
GET /dashboard/                                    302   200   200   200   200   200   200   200   302
GET /exports/                                      200   200   200   200   200   200   200   200   200
GET /exports/<kind>.csv                            302   200   200   200   200   200   200   200   302
GET /exports/<kind>.xlsx                           302   200   200   200   200   200   200   200   302
GET /exports/tasks.csv                             200   200   200   200   200   200   200   200   200
GET /exports/tasks.xlsx                            200   200   200   200   200   200   200   200   200
GET /healthz                                       200   200   200   200   200   200   200   200   200
GET /help/                                         200   200   200   200   200   200   200   200   200
GET /language/<code>                               302   302   302   302   302   302   302   302   302
GET /login                                         200   302   302   302   302   302   302   302   200
POST /login                                        422   422   422   422   422   422   422   422   422
POST /logout                                       302   303   303   303   303   303   303   303   302
GET /meetings/                                     200   200   200   200   200   200   200   200   200
GET /meetings/<int:meeting_id>/                    200   200   200   200   200   200   200   200   200
GET /meetings/<int:meeting_id>/cancel               302   403   403   403   200   200   403   403   302
POST /meetings/<int:meeting_id>/cancel             302   403   403   403   422   422   403   403   302
GET /meetings/<int:meeting_id>/edit                302   403   403   403   200   200   403   403   302
POST /meetings/<int:meeting_id>/edit               302   403   403   403   422   422   403   403   302
GET /meetings/<int:meeting_id>/minutes             302   403   403   403   200   200   403   403   302
POST /meetings/<int:meeting_id>/minutes            302   403   403   403   422   422   403   403   302
GET /meetings/<int:meeting_id>/minutes.md          404   404   404   404   404   404   404   404   404
POST /meetings/<int:meeting_id>/minutes/publish    302   403   403   403   422   422   403   403   302
GET /meetings/<int:meeting_id>/swap                302   403   403   403   200   200   403   403   302
POST /meetings/<int:meeting_id>/swap               302   403   403   403   422   422   403   403   302
GET /notices/                                      302   200   200   200   200   200   200   200   302
POST /notices/<int:notice_id>/read                 302   303   404   404   404   404   404   404   302
POST /notices/read-all                             302   303   303   303   303   303   303   303   302
GET /outbox/                                       200   200   200   200   200   200   200   200   200
GET /outbox/<int:notice_id>                        200   200   200   200   200   200   200   200   200
GET /people/                                       302   403   403   403   403   403   403   200   302
GET /people/<int:user_id>/                         404   404   404   404   404   404   404   200   404
POST /people/<int:user_id>/restore                 404   404   404   404   404   404   404   409   404
POST /people/<int:user_id>/roles                   404   404   404   404   404   404   404   409   404
POST /people/<int:user_id>/suspend                 404   404   404   404   404   404   404   422   404
POST /preview                                      302   200   200   200   200   200   200   200   302
POST /progress/<int:note_id>/comment               404   403   404   422   422   422   404   403   404
GET /readyz                                        503   503   503   503   503   503   503   503   503
GET /register                                      200   303   303   303   303   303   303   303   200
POST /register                                     422   303   303   303   303   303   303   303   422
GET /register/sent                                 302   302   302   302   302   302   302   302   302
GET /rewards/                                      302   403   403   200   200   200   200   200   302
GET /rewards/<int:reward_id>/                      404   200   404   404   200   200   200   200   404
POST /rewards/<int:reward_id>/approve              404   403   404   404   403   422   422   403   404
POST /rewards/<int:reward_id>/cancel               404   403   404   404   422   422   422   403   404
POST /rewards/<int:reward_id>/pay                  404   403   404   404   403   403   422   403   404
POST /rewards/<int:reward_id>/pay#approved         404   403   404   404   403   403   422   403   404
GET /rewards/<int:reward_id>/#approved             404   200   404   404   200   200   200   200   404
GET /rewards/mine                                  302   200   200   200   200   200   200   200   302
GET /rules/                                        200   200   200   200   200   200   200   200   200
GET /rules/<slug>/                                 200   200   200   200   200   200   200   200   200
POST /rules/<slug>/agreement                       302   303   303   303   303   303   303   303   302
GET /series/<int:series_id>/rota                   200   200   200   200   200   200   200   200   200
POST /series/<int:series_id>/rota                  302   403   403   403   422   422   403   403   302
GET /sigs/                                         200   200   200   200   200   200   200   200   200
GET /sigs/<slug>/                                  200   200   200   200   200   200   200   200   200
GET /sigs/<slug>/areas                             302   403   403   403   200   200   403   200   302
POST /sigs/<slug>/areas/<int:area_id>              302   403   403   403   422   422   403   422   302
POST /sigs/<slug>/areas/new                        302   403   403   403   422   422   403   422   302
GET /sigs/<slug>/edit                              302   403   403   403   200   200   403   200   302
POST /sigs/<slug>/edit                             302   403   403   403   422   422   403   422   302
POST /sigs/<slug>/follow                           302   303   303   303   303   303   303   303   302
GET /sigs/<slug>/meetings/new                      302   403   403   403   200   200   403   403   302
POST /sigs/<slug>/meetings/new                     302   403   403   403   422   422   403   403   302
GET /sigs/<slug>/people                            302   403   403   403   200   200   403   200   302
POST /sigs/<slug>/people                           302   403   403   403   422   422   403   422   302
POST /sigs/<slug>/people/<int:membership_id>/end   302   403   403   403   303   303   403   303   302
GET /sigs/<slug>/quarters/                         200   200   200   200   200   200   200   200   200
POST /sigs/<slug>/quarters/                        302   403   403   403   422   422   403   422   302
GET /sigs/<slug>/quarters/<quarter>/               302   403   403   403   200   200   403   200   302
POST /sigs/<slug>/quarters/<quarter>/close         302   403   403   403   422   422   403   403   302
GET /sigs/<slug>/quarters/<quarter>/dates          302   403   403   403   200   200   403   200   302
POST /sigs/<slug>/quarters/<quarter>/dates         302   403   403   403   422   422   403   422   302
POST /sigs/<slug>/quarters/<quarter>/publish       302   403   403   403   303   303   403   403   302
POST /sigs/<slug>/repositories/<int:repository_id> 302   403   403   403   303   303   403   303   302
POST /sigs/<slug>/repositories/new                 302   403   403   403   422   422   403   422   302
GET /sigs/<slug>/rewards/new                       302   403   403   403   200   200   403   403   302
POST /sigs/<slug>/rewards/new                      302   403   403   403   422   422   403   403   302
GET /sigs/<slug>/tasks/new                         302   403   403   403   200   200   403   403   302
POST /sigs/<slug>/tasks/new                        302   403   403   403   422   422   403   403   302
POST /sigs/<slug>/unfollow                         302   303   303   303   303   303   303   303   302
POST /swaps/<int:swap_id>/accept                   404   404   409   404   403   403   404   403   404
POST /swaps/<int:swap_id>/decline                  404   404   303   404   403   403   404   403   404
POST /swaps/<int:swap_id>/withdraw                 404   404   403   404   303   403   404   403   404
GET /tasks/                                        200   200   200   200   200   200   200   200   200
GET /tasks/<reference>/                            200   200   200   200   200   200   200   200   200
GET /tasks/<reference>/claim                       302   200   200   200   200   200   200   200   302
POST /tasks/<reference>/claim                      302   422   422   422   422   422   422   422   302
POST /tasks/<reference>/claim#draft                404   404   404   422   422   422   404   422   404
GET /tasks/<reference>/edit                        302   403   403   403   200   200   403   403   302
POST /tasks/<reference>/edit                       302   403   403   403   422   422   403   403   302
GET /tasks/<reference>/edit#draft                  404   404   404   403   200   200   404   403   404
POST /tasks/<reference>/edit#draft                 404   404   404   403   422   422   404   403   404
POST /tasks/<reference>/publish                    302   403   403   403   409   409   403   403   302
POST /tasks/<reference>/publish#ready              404   404   404   403   303   303   404   403   404
POST /tasks/<reference>/ready                      302   403   403   403   409   409   403   403   302
POST /tasks/<reference>/ready#draft                404   404   404   403   303   303   404   403   404
POST /tasks/<reference>/return                     302   403   403   403   409   409   403   403   302
POST /tasks/<reference>/return#ready               404   404   404   403   303   303   404   403   404
POST /tasks/<reference>/withdraw                   302   403   403   403   422   422   403   403   302
POST /tasks/<reference>/withdraw#draft             404   404   404   403   422   422   404   403   404
GET /tasks/<reference>/#draft                      404   404   404   200   200   200   404   200   404
"""

#: row → statuses, one for each identity.
EXPECTED: dict[str, tuple[int, ...]] = {
    " ".join(line.split()[:2]): tuple(map(int, line.split()[2:]))
    for line in TABLE.strip().splitlines()
    if not line.startswith("#")
}
