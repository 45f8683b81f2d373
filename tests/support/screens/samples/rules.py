"""The rules of a sequence, before and after they are counted."""

from dataclasses import replace

from sequences.auto_enroll.messages import ScanState
from sequences.definition.model import SequenceDefinition
from services.console.condition_words import GROUPS, ConditionWords
from services.console.rule_counts import RuleCounts, RulePerson
from services.console.rules import LoopPath, LoopStep, LoopWay, RuleLimits, RulesPage
from services.publishing.preview import unpublished
from starter.console.address import Address
from tests.support.screens.samples.approvals import BATCH
from tests.support.screens.samples.sequence import AT

CONTACTED = ConditionWords("historical", "Last contacted", "more than 1 year ago or never")
RESUME = ConditionWords("qualitative", "Resume", "present")
STATUS = ConditionWords("real", "Status", "Hot <page> or Warm")
WAYS = (LoopWay("write", "Status", "Hot <page>"), LoopWay("contact", after="1 year"), LoopWay("empty", "City"))
STEPS = (LoopStep("new-services", "New <page>", WAYS), LoopStep("quiet", "Quiet", (LoopWay("enroll"),)))
VERSION = unpublished(
    SequenceDefinition.model_validate(
        {
            "sequence": "new-services",
            "name": "New <page>",
            "record": "person",
            "steps": [{"id": "one", "email": "hello/one"}],
        }
    )
)
FOUND = RulesPage(
    replace(VERSION, version=2),
    "on",
    AT,
    AT,
    None,
    (CONTACTED, RESUME, STATUS),
    RuleLimits("6 months", "lineage", 50, 20),
    (LoopPath(STEPS, "lineage", None), LoopPath(STEPS, "window", "1 year"), LoopPath(STEPS, "nothing", None)),
    more_loops=True,
    batches=(BATCH,),
)
_HOT = (
    replace(CONTACTED, found="4 May 2027"),
    replace(RESUME, found="present"),
    replace(STATUS, found="Hot <page>"),
)
ANN = RulePerson("p1", "p1", "Ann <page>", visible=True, findings=_HOT)
COLD = (replace(CONTACTED, found=None), replace(RESUME, found=None, met=False), STATUS)
COUNTS = RuleCounts(
    records=4120,
    remaining=(2000, 1500, 310),
    refused=(("must not be contacted", 30, ("suppressed",)), ("no usable address", 12, ("unreachable",))),
    would_enroll=268,
    asked=100,
    waits=True,
    unsocial=3,
    unsocial_example="Sat 3:00",
    examples=(ANN, replace(ANN, name=None, visible=False, findings=())),
    near=(replace(ANN, findings=COLD), replace(ANN, refusal="must not be contacted (opt_out <page>)")),
    near_slow=True,
)
_KEPT = {
    "found": FOUND,
    "groups": GROUPS,
    "counts": None,
    "problem": "",
    "scan": None,
    "may_scan": True,
    "address": Address("/console/sequences/new-services/rules", {}),
}

TEMPLATE = "screens/rules.html"
FRAGMENTS = ("counts", "scan")
MODELS: dict[str, dict[str, object]] = {
    "counting": _KEPT,
    "counted": {**_KEPT, "counts": COUNTS},
    "zero": {
        **_KEPT,
        "counts": RuleCounts(remaining=(0, 0, 0)),
        "found": replace(FOUND, state="off", since=None, scanned_at=None, loops=(), more_loops=False, batches=()),
        "may_scan": False,
    },
    "slow": {**_KEPT, "problem": "slow"},
    "superseded": {**_KEPT, "problem": "superseded"},
    "broken": {**_KEPT, "found": replace(FOUND, state="broken", broken="no field <page> any more")},
    "none": {**_KEPT, "found": RulesPage(VERSION, "none")},
    "scan_runs": {**_KEPT, "scan": ScanState("new-services", matched=3, enrolled=2, refused=1)},
    "scan_done": {**_KEPT, "scan": ScanState("new-services", held=120, done=True, failed="a server <page>")},
}
