"""What is found surplus becomes a proposal with its proof and its inverse."""

from celeriac.indexes import propose as approving
from celeriac.indexes.drop import propose as surplus
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.prune import read
from celeriac.ledger import quarantine

from ..loop import TARGET, Loop
from .words import BY_USER, covered, definition, kept, proposed, unused, watched, with_drops_of_others

WIDER_DEFINITION = IndexDefinition("public", "jobs", (KeyPart("status"), KeyPart("user_id")))


def automatic(loop: Loop) -> list[int]:
    with loop.ledger() as ledger:
        approved = approving.approve_automatically(ledger, TARGET, configured="auto", policy=loop.policies.loop)
    return [change.id for change in approved]


def test_a_proposal_carries_its_proof_and_the_ddl_that_brings_it_back(loop: Loop):
    loop.sql(BY_USER)
    was = definition(loop)
    watched(loop)
    ((change,), refused) = proposed(loop)
    assert refused == {}
    assert (change.kind, change.origin, change.state, change.index_name) == ("drop", "prune", "proposed", "jobs_user")
    assert change.ddl == 'DROP INDEX CONCURRENTLY "public"."jobs_user"'
    assert change.reason.startswith("no scan on the server in 60 days")
    assert change.promised["former"]["what"] == was.removeprefix("CREATE INDEX jobs_user ON public.jobs")
    assert change.promised["scans"] == {"primary": 0}


def test_asked_again_it_is_the_same_proposal(loop: Loop):
    loop.sql(BY_USER)
    watched(loop)
    ((one,), _), ((other,), _) = proposed(loop), proposed(loop)
    assert one.id == other.id


def test_what_the_planner_would_miss_is_not_proposed(loop: Loop):
    loop.sql(BY_USER)
    watched(loop)
    oid = int(loop.sql("SELECT 'jobs_user'::regclass::oid::bigint"))
    assert proposed(loop, {oid: "a statement would miss it"}) == ((), {"public.jobs_user": "a statement would miss it"})


def test_the_mode_auto_leaves_what_celeriac_did_not_make_to_a_person(loop: Loop):
    loop.sql(BY_USER)
    watched(loop)
    ((change,), _) = proposed(loop)
    assert automatic(loop) == []
    assert automatic(with_drops_of_others(loop)) == [change.id]


def test_the_mode_auto_drops_what_celeriac_made(loop: Loop):
    made = kept(loop)
    watched(loop)
    ((change,), _) = proposed(loop)
    assert (change.index_name, automatic(loop)) == (made.index_name, [change.id])


def test_a_persons_no_is_not_asked_about_again(loop: Loop):
    loop.sql(BY_USER)
    watched(loop)
    ((change,), _) = proposed(loop)
    with loop.ledger() as ledger:
        approving.reject(ledger, change, actor="anna", reason="the auditors need it")
    assert proposed(loop) == ((), {"public.jobs_user": f"change {change.id} was rejected by a person"})


def test_what_was_brought_back_is_kept_out_for_a_while(loop: Loop):
    change = unused(loop)
    with loop.ledger() as ledger:
        quarantine.put(
            ledger, target=TARGET, identity=change.identity, change_id=change.id, reason="reports need it",
            promised={}, back_off=loop.policies.verify.quarantine,
        )  # fmt: skip
    loop.set_state(change, "restored")
    made, refused = proposed(loop)
    assert made == ()
    assert "reports need it" in refused["public.jobs_user"]


def test_a_covered_index_waits_until_the_wider_one_of_ours_is_kept(loop: Loop):
    loop.sql("CREATE INDEX jobs_status ON jobs (status)")
    wider = loop.set_state(loop.built(WIDER_DEFINITION), "verifying")
    made, refused = proposed(loop)
    assert made == ()
    assert refused["public.jobs_status"] == f"public.{wider.index_name} is to take its place and has not been kept yet"
    loop.set_state(wider, "kept")
    ((change,), _) = proposed(loop)
    assert change.promised["after_change_id"] == wider.id


def test_what_a_kept_index_was_advised_in_place_of_is_proposed_at_once(loop: Loop):
    loop.sql("CREATE INDEX jobs_status ON jobs (status)")
    loop.sql("CREATE INDEX jobs_note ON jobs (note)")
    wider = loop.built(WIDER_DEFINITION)
    promised = {**wider.promised, "replaces": ["jobs_status", "jobs_note", "not_there"]}
    loop.set_state(wider, "verifying", promised=promised)
    assert follow_up(loop) == []
    loop.set_state(wider, "kept")
    assert follow_up(loop, missed=True) == []
    (change,) = follow_up(loop)
    assert (change.index_name, change.origin) == ("jobs_status", "replace")
    assert change.promised["after_change_id"] == wider.id
    assert change.reason.endswith(f"begins with the same keys and was measured to help (change {wider.id})")


def follow_up(loop: Loop, missed: bool = False) -> list:
    with loop.engine.connect() as connection, loop.ledger() as ledger:
        replaced = surplus.replaceable(ledger, TARGET, read(connection))
        would_miss = {one.index.oid: "a statement would miss it" for one, _ in replaced if missed}
        made = surplus.follow_up(
            connection, ledger, TARGET, replaced, would_miss, actor="celeriac", policy=loop.policies.loop
        )
    return list(made)


def test_of_two_that_cover_only_the_covered_one_goes(loop: Loop):
    change = covered(loop)
    assert (change.index_name, change.promised["why"]) == ("jobs_user", "prefix")
