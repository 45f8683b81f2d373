"""Every kind of mistake in a sequence file. ``§`` stands right before the place that the problem must point at."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    name: str
    text: str
    message: str
    allowed: str


P = "sequence: s\nname: S\nrecord: person\n"
Z = "sequence: s\nname: S\nrecord: placement\nday_zero: placement.start_date\n"
ONE = "steps:\n  - {id: first, email: a/b}\n"
ZERO = "steps:\n  - {id: first, when: on day zero, email: a/b}\n"


def _step(rest: str) -> str:
    return P + "steps:\n  - id: first\n    email: a/b\n" + rest


def _two(rest: str) -> str:
    return P + "steps:\n  - {id: first, email: a/b}\n  - id: second\n    email: a/b\n" + rest


def _do(item: str) -> str:
    return P + ONE + f"reactions:\n  - on: replied\n    do:\n      - {item}\n"


MISTAKES = [
    # The form of the text
    Mistake("empty file", "§", "file is empty", "a sequence"),
    Mistake("only comments", "§# nothing here\n", "file is empty", "a sequence"),
    Mistake("root is a list", "§- sequence: s\n", "is a mapping", "sequence: ..."),
    Mistake("root is a text", "§hello\n", "is a mapping", "sequence: ..."),
    Mistake("two documents", P + ONE + "§---\nsequence: other\n", "second document", "one document"),
    Mistake("tab", "sequence: s\nsteps:\n§\t- id: a\n", "tab indents", "spaces"),
    Mistake("YAML 1.1", "§%YAML 1.1\n---\n" + P + ONE, "YAML 1.2", "no %YAML line"),
    Mistake("bad syntax", "sequence: s\nname: §[S\n", "not YAML", "YAML 1.2"),
    Mistake("colon in a plain text", "sequence: s\nname: To do§: call\n", "not YAML", '"quotes"'),
    Mistake("unknown alias", "sequence: s\nname: §*other\n", "undefined alias", "YAML 1.2"),
    Mistake("alias holds itself", "sequence: s\nsteps: §&a [*a]\n", "aliases", "10000 values"),
    Mistake("control character", "sequence: s\nname: a§\x07\n", "not allowed in a file", "printable"),
    Mistake("escaped NUL", 'sequence: s\nname: §"a\\0"\n', "control character", "printable"),
    Mistake("tag", "sequence: §!!python/object:os.system x\n", "Tags have no meaning", "without"),
    Mistake("nested too deeply", "a: " + "[" * 19 + "§[" + "]" * 20 + "\n", "nested too deeply", "20 levels"),
    Mistake("duplicate key", P + "§name: T\n" + ONE, "repeated here; the first one is on line 2", "each key once"),
    Mistake(
        "duplicate key in a flow mapping", P + "steps:\n  - {id: a, email: a/b, §id: b}\n", "repeated here", "each key"
    ),
    Mistake("key is a number", P + "§1: x\n" + ONE, "A key is a string", "text"),
    Mistake("merge key", P + "steps:\n  - id: a\n    email: a/b\n    §<<: {at: 09:00}\n", "Unknown key `<<`", "`id`"),
    # Variants
    Mistake("one variant", _step("    variants: §[{name: a}]\n"), "too few entries", "at least 2"),
    Mistake(
        "six variants",
        _step("    variants: §[" + ", ".join(f"{{name: v{i}, template: t/v{i}}}" for i in range(6)) + "]\n"),
        "too many entries",
        "at most 5",
    ),
    Mistake("variants is a mapping", _step("    variants: §{a: b}\n"), "wrong type", "a list"),
    Mistake(
        "weight 0", _step("    variants: [{name: a, weight: §0}, {name: b, template: b/c}]\n"), "bounds", "at least 1"
    ),
    Mistake(
        "weight below 0",
        _step("    variants: [{name: a, weight: §-1}, {name: b, template: b/c}]\n"),
        "bounds",
        "at least 1",
    ),
    Mistake(
        "weight of a half",
        _step("    variants: [{name: a, weight: §0.5}, {name: b, template: b/c}]\n"),
        "wrong type",
        "a whole number",
    ),
    Mistake(
        "two variants of one name",
        _step("    variants: [{name: a}, {name: §a, template: b/c}]\n"),
        "the other is number 1",
        "a name of its own",
    ),
    Mistake(
        "a variant without a name", _step("    variants: [{name: a}, §{template: b/c}]\n"), "`name` is missing", "`name"
    ),
    Mistake(
        "unknown key in a variant",
        _step("    variants: [{name: a}, {name: b, §wieght: 2}]\n"),
        "Did you mean `weight`",
        "`subject`",
    ),
    Mistake(
        "subject of a text",
        P + "steps:\n  - {id: a, sms: a/b, variants: [{name: a}, {name: b, §subject: Hi}]}\n",
        "Text messages have no subject",
        "`email`",
    ),
    Mistake(
        "subject of actions",
        P + "steps:\n  - {id: a, do: [{notify: owner}], §subject: Hi}\n",
        "Actions have no subject",
        "`email`",
    ),
    Mistake(
        "field in a subject",
        _step("    subject: §'Hi {{ person.frist_name }}'\n"),
        "Did you mean",
        "`person.first_name`",
    ),
    Mistake(
        "variants of actions",
        P + "steps:\n  - {id: a, do: [{notify: owner}], §variants: [{name: a}, {name: b}]}\n",
        "Only a step that sends",
        "a step that sends",
    ),
    Mistake(
        "template of a variant",
        _step("    variants: [{name: a}, {name: b, template: §B C}]\n"),
        "name of a template",
        "`bd/introduce`",
    ),
    # Conditions
    Mistake("no condition", _step("    if: §{}\n"), "This is no condition", "`clicked introduce`"),
    Mistake("nothing happened", _step("    if: §{happened: null}\n"), "This is no condition", "`clicked introduce`"),
    Mistake("a condition is a number", _step("    if: §7\n"), "This is no condition", "`clicked introduce`"),
    Mistake("unknown happening", _two("    if: §clickd first\n"), "Did you mean `clicked`", "`not replied`"),
    Mistake("too many words", _two("    if: §not clicked first today\n"), "do not say what happened", "`clicked`"),
    Mistake("only not", _two("    if: §not\n"), "do not say what happened", "`clicked`"),
    Mistake("sent of nothing", _two("    if: §sent\n"), "Behind `sent`", "`sent STEP`"),
    Mistake("a happening about no step", _two("    if: §opened frist\n"), "Did you mean `first`", "`first`"),
    Mistake("a happening about itself", _two("    if: §opened second\n"), "not a step above", "`first`"),
    Mistake(
        "the first step asks about a message", _step("    if: §opened first\n"), "not a step above", "no step, as none"
    ),
    Mistake(
        "a happening about a step that sends nothing",
        P + "steps:\n  - {id: a, do: [{notify: owner}]}\n  - {id: b, email: a/b, if: §not opened a}\n",
        "not a step above",
        "no step, as none",
    ),
    Mistake(
        "unknown happening in a list",
        _two("    if: {happened: [opened first, §openend first]}\n"),
        "`opened`",
        "`sent`",
    ),
    Mistake("unknown condition", _two("    if: {§hapened: opened first}\n"), "Did you mean `happened`", "`happened`"),
    Mistake("field of a condition", _two("    if: {§person.statsu: [New]}\n"), "`person.status`", "`person.status`"),
    Mistake("no happening", _two("    if: {happened: §[]}\n"), "too few entries", "at least 1"),
    Mistake("which happenings", _two("    if: {happened: §{some_of: [opened]}}\n"), "which values", "any_of"),
    Mistake(
        "all of one value",
        _two("    if: {person.status: {§all_of: [A, B]}}\n"),
        "one value at a time",
        "a custom field",
    ),
    # Tasks for people
    Mistake(
        "a task and a mail", P + "steps:\n  - {id: a, email: a/b, §task: Call}\n", "or is a task for a person", "`task`"
    ),
    Mistake("a task without a title", P + "steps:\n  - {id: a, task: §{kind: call}}\n", "`title` is missing", "`title"),
    Mistake(
        "unknown kind of task",
        P + "steps:\n  - {id: a, task: {title: T, kind: §cal}}\n",
        "Did you mean `call`",
        "`linkedin`",
    ),
    Mistake(
        "unknown key of a task",
        P + "steps:\n  - {id: a, task: {title: T, §wiat: done}}\n",
        "Did you mean `wait`",
        "`within`",
    ),
    Mistake(
        "wait for what", P + "steps:\n  - {id: a, task: {title: T, wait: §yes}}\n", "what the run waits for", "`done`"
    ),
    Mistake(
        "wait for how long",
        P + "steps:\n  - {id: a, task: {title: T, wait: §done}}\n",
        "How long does the run wait",
        "`within: 3 days`",
    ),
    Mistake(
        "a wait of no time",
        P + "steps:\n  - {id: a, task: {title: T, wait: done, within: §soon}}\n",
        "length of time",
        "`1 day`",
    ),
    Mistake(
        "a task for nobody",
        P + "steps:\n  - {id: a, task: {title: T, assign: §the boss}}\n",
        "nobody to give a task to",
        "`assigned_by`",
    ),
    Mistake(
        "a task for a field that is not there",
        P + "steps:\n  - {id: a, task: {title: T, assign: §person.recriuter}}\n",
        "There is no field",
        "`person.",
    ),
    Mistake(
        "field in the title of a task step",
        P + "steps:\n  - {id: a, task: §'Call {{ person.frist_name }}'}\n",
        "Did you mean",
        "`person.first_name`",
    ),
    Mistake(
        "done is asked of a mail", _two("    if: §done first\n"), "not a step above this one that is a task", "no step"
    ),
    # Messages that answer reactions
    Mistake("a name that is no template", _do("send: §Hello There"), "name of a template", "`bd/introduce`"),
    Mistake(
        "a step sends by a follow-up",
        P + "steps:\n  - {id: a, do: [{§send: a/b}]}\n",
        "a key of its own",
        "instead of `do`",
    ),
    *(
        Mistake(
            f"a message after {on}",
            P + ONE + f"reactions:\n  - on: {on}\n    do:\n      - §send: a/b\n",
            "is not answered by a message",
            "what a person says or does",
        )
        for on in ("bounced", "unsubscribed", "complained", "out_of_office", "opened", "finished")
    ),
    # Keys, types, ids
    Mistake("unknown key", P + ONE + "§trackng: true\n", "Did you mean `tracking`", "`tracking`"),
    Mistake("unknown key in a step", _step("    §whn: on day zero\n"), "Did you mean `when`", "`when`"),
    Mistake(
        "unknown key in a schedule",
        P + ONE + "schedule:\n  §windows: 08:00-18:00\n",
        "Did you mean `window`",
        "`window`",
    ),
    Mistake("missing steps", "§" + P, "`steps` is missing", "`steps: ...`"),
    Mistake("missing id", P + "steps:\n  - §email: a/b\n", "`id` is missing", "`id: ...`"),
    Mistake("empty steps", P + "steps: §[]\n", "too few entries", "at least 1"),
    Mistake("steps is a mapping", P + "steps:\n  §first: {email: a/b}\n", "wrong type", "a list"),
    Mistake("step is a text", P + "steps:\n  - §first\n", "wrong type", "a mapping"),
    Mistake("nothing after steps", P + "§steps:\n", "wrong type", "a list"),
    Mistake("number for a text", "sequence: s\nname: §2027\nrecord: person\n" + ONE, "Put it in quotes", "a text"),
    Mistake("empty name", "sequence: s\nname: §''\nrecord: person\n" + ONE, "short text", "1 to 200"),
    Mistake(
        "id with spaces", "sequence: §Big Plan\nname: S\nrecord: person\n" + ONE, "cannot be an id", "small letters"
    ),
    Mistake("step id with a colon", P + "steps:\n  - {id: §'a:b', email: a/b}\n", "cannot be an id", "small letters"),
    Mistake("id too long", f"sequence: §{'a' * 64}\nname: S\nrecord: person\n" + ONE, "cannot be an id", "at most 63"),
    Mistake("unknown record", "sequence: s\nname: S\nrecord: §persn\n" + ONE, "Did you mean `person`", "`placement`"),
    Mistake("yes is a text", P + ONE + "tracking: §yes\n", "Write `true`", "true or false"),
    Mistake(
        "tracking of what", P + ONE + "tracking: §clicks\n", "This cannot be tracked", "`true`, `false` or `opens`"
    ),
    Mistake("unknown sender", P + ONE + "sender: §ownr\n", "Did you mean `owner`", "`assigned_by`"),
    Mistake("frequency cap", P + ONE + "frequency_cap: §none\n", "frequency cap", "`exempt`"),
    Mistake("frequency of a channel", P + ONE + "frequency_cap: {email: §lots}\n", "number of messages", "`1 a day`"),
    Mistake("reaction period", P + ONE + "reaction_period: §a month\n", "length of time", "`30 days`"),
    Mistake("if_unknown", P + ONE + "if_unknown: §send\n", "cannot be this", "`assume_sent`"),
    Mistake("on_resume", P + ONE + "on_resume: §send_all\n", "Did you mean `send_one`", "`shift`"),
    # Steps
    Mistake("no content", P + "steps:\n  - §id: first\n", "one e-mail or one text", "exactly one of"),
    Mistake(
        "two contents", P + "steps:\n  - id: first\n    email: a/b\n    §sms: a/b\n", "one e-mail", "exactly one of"
    ),
    Mistake("duplicate step id", P + ONE + "  - {id: §first, sms: a/b}\n", "number 1", "an id of its own"),
    Mistake(
        "reserved step id", P + "steps:\n  - {id: §enrollment, sms: a/b}\n", "already has a meaning", "any other id"
    ),
    Mistake(
        "template name", P + "steps:\n  - {id: a, email: §../../etc/passwd}\n", "name of a template", "`bd/introduce`"
    ),
    Mistake("do with nothing", P + "steps:\n  - {id: a, do: §[]}\n", "too few entries", "at least 1"),
    Mistake(
        "unknown step", _step("  - {id: b, when: §2 days after frst, sms: a/b}\n"), "Did you mean `first`", "`first`"
    ),
    Mistake(
        "step further down", _step("    when: §2 days after b\n  - {id: b, sms: a/b}\n"), "further down", "`enrollment`"
    ),
    Mistake("after itself", _step("    when: §2 days after first\n"), "after itself", "`enrollment`"),
    Mistake(
        "day zero without day_zero",
        _step("    when: §on day zero\n"),
        "has no `day_zero`",
        "`day_zero: placement.start_date`",
    ),
    Mistake(
        "minutes around day zero",
        Z + "steps:\n  - {id: a, email: a/b, when: §30 minutes before day zero}\n",
        "Day zero is a date",
        "days",
    ),
    Mistake(
        "unknown unit",
        _step("    when: §3 busines days after enrollment\n"),
        "Did you mean `business day",
        "business days",
    ),
    Mistake("years", _step("    when: §1 year after enrollment\n"), "`12 months`", "months"),
    Mistake(
        "before a step",
        P + ONE + "  - {id: b, when: §1 day before first, sms: a/b}\n",
        "Only day zero has a `before`",
        "day zero",
    ),
    Mistake("words that say nothing", _step("    when: §tomorrow\n"), "do not say when", "`on 2027-05-04`"),
    Mistake("no such day", _step("    when: §on 2027-02-30\n"), "no such day", "`on YYYY-MM-DD`"),
    Mistake("too far away", _step("    when: §99999 days after enrollment\n"), "out of bounds", "0 to 3650"),
    Mistake("at 24:00", _step("    at: §24:00\n"), "time of day", "`23:59`"),
    Mistake("at as a number", _step("    at: §9\n"), "wrong type", "a text"),
    # Schedule
    Mistake("window over midnight", P + ONE + "schedule:\n  window: §22:00-06:00\n", "crosses midnight", "24:00"),
    Mistake("empty window", P + ONE + "schedule:\n  window: §08:00-08:00\n", "empty", "`08:00-18:00`"),
    Mistake("no windows", P + ONE + "schedule:\n  window: §[]\n", "list of windows is empty", "null"),
    Mistake(
        "windows overlap", P + ONE + "schedule:\n  window: [08:00-12:00, §11:00-14:00]\n", "overlap", "do not overlap"
    ),
    Mistake(
        "window misses texting hours",
        P + "steps:\n  - {id: a, sms: a/b}\nschedule:\n  window: §21:00-23:00\n",
        "could never be sent",
        "08:00-21:00",
    ),
    Mistake(
        "own window misses texting hours",
        P + "steps:\n  - id: a\n    sms: a/b\n    schedule: {window: §06:00-08:00}\n",
        "could never be sent",
        "08:00-21:00",
    ),
    Mistake(
        "texting hours too wide", P + ONE + "schedule:\n  texting_hours: §07:00-20:00\n", "never wider", "08:00-21:00"
    ),
    Mistake("unknown zone", P + ONE + "schedule:\n  timezone: §Europe/Londn\n", "Did you mean `Europe/London`", "IANA"),
    Mistake("unknown zone of a step", _step("    schedule: {timezone: §BST}\n"), "Unknown time zone", "`recipient`"),
    Mistake("unknown holidays", P + ONE + "schedule:\n  holidays: §UK\n", "Did you mean `GB`", "`GB-ENG`"),
    Mistake("unknown part", P + ONE + "schedule:\n  holidays: §GB-LON\n", "No holidays are known", "`GB-SCT`"),
    # Fields
    Mistake(
        "unknown field in a stop rule",
        P + ONE + "stop_when:\n  §person.statu: [x]\n",
        "Did you mean `person.status`",
        "`person.status`",
    ),
    Mistake("nested field", P + ONE + "stop_when:\n  §person: {status: x}\n", "no field `person`", "`person.id`"),
    Mistake(
        "placement field, person record",
        P + ONE + "stop_when:\n  §placement.status: [x]\n",
        "belongs to a placement",
        "`person.status`",
    ),
    Mistake("value is a list", P + ONE + "stop_when:\n  person.status: [a, §[b]]\n", "not a single value", "a text"),
    Mistake("value of another type", P + ONE + "stop_when:\n  person.status: [a, §7]\n", "Put it in quotes", "a text"),
    Mistake(
        "day zero is unknown",
        Z.replace("placement.start_date", "§placement.start") + ZERO,
        "Did you mean `placement.start_date`",
        "`placement.end_date`",
    ),
    Mistake(
        "day zero is no date",
        Z.replace("placement.start_date", "§placement.status") + ZERO,
        "must be a date",
        "`placement.start_date`",
    ),
    Mistake("set_field may not", _do("set_field: {§person.email: x}"), "may not write", "`person.status`"),
    Mistake("set_field of nothing", _do("set_field: §{}"), "too few entries", "at least 1"),
    Mistake("set_field zone", _do("set_field: {person.timezone: §Paris}"), "cannot have this value", "IANA"),
    Mistake(
        "field in a title",
        _do('create_task: {title: §"Call {{ person.frst_name }}"}'),
        "Did you mean `person.first_name`",
        "`person.first_name`",
    ),
    Mistake(
        "braces of a title",
        _do('create_task: {title: §"Call {{ person.first_name }"}'),
        "are not closed",
        "{{ person.first_name }}",
    ),
    Mistake(
        "code in a title", _do('create_task: {title: §"{{ 9 ** 9 }}"}'), "more than a field", "{{ person.first_name }}"
    ),
    # Reactions and follow-ups
    Mistake(
        "unknown reaction",
        P + ONE + "reactions:\n  - {on: §repleid, then: stop}\n",
        "Did you mean `replied`",
        "`replied.positive`",
    ),
    Mistake(
        "bad then",
        P + ONE + "reactions:\n  - {on: replied, then: §halt}\n",
        "whether the run continues",
        "`stop`, `continue` or `pause N days`",
    ),
    Mistake(
        "pause without length",
        P + ONE + "reactions:\n  - {on: replied, then: §pause}\n",
        "Did you mean `pause`",
        "`pause N days`",
    ),
    Mistake(
        "pause in hours",
        P + ONE + "reactions:\n  - {on: replied, then: §pause 3 hours}\n",
        "days or weeks",
        "`pause N days`",
    ),
    Mistake(
        "two rules",
        P + ONE + "reactions:\n  - {on: clicked, then: stop}\n  - {on: §clicked, then: continue}\n",
        "two rules for `clicked`",
        "one rule",
    ),
    Mistake(
        "rule does nothing", P + ONE + "reactions:\n  - §on: replied\n", "has no follow-ups", "`do`, `then` or both"
    ),
    Mistake(
        "opened stops", P + ONE + "reactions:\n  - {on: opened, then: §stop}\n", "machines open mails", "`continue`"
    ),
    Mistake(
        "finished pauses",
        P + ONE + "reactions:\n  - {on: finished, then: §pause 2 days}\n",
        "nothing left",
        "no `then`",
    ),
    Mistake(
        "field of another reaction",
        P + ONE + "reactions:\n  - {on: replied, §field: person.status, then: stop}\n",
        "only allowed for `field_changed`",
        "`on: field_changed`",
    ),
    Mistake("unknown follow-up", _do("§notfy: owner"), "Did you mean `notify`", "`create_task`"),
    Mistake(
        "two follow-ups in one",
        _do("§notify: owner\n        add_to_list: warm"),
        "begin each follow-up",
        "`create_task`",
    ),
    Mistake("follow-up is a text", _do("§notify"), "not a follow-up", "`notify`"),
    Mistake("notify whom", _do("notify: §boss"), "cannot be this", "`owner`, `assigned_by`"),
    Mistake("suppress what", _do("suppress: §phone"), "cannot be this", "`email`, `sms`, `whatsapp`, `all`"),
    Mistake("task without title", _do("create_task: §{due: 1 day}"), "`title` is missing", "`title: ...`"),
    Mistake("task due", _do("create_task: {title: Call, due: §soon}"), "length of time", "`1 day`"),
    Mistake("key of a task", _do("create_task: {title: Call, §asign: owner}"), "Did you mean `assign`", "`assign`"),
    Mistake("lead without source", _do("create_lead: §{}"), "`source` is missing", "`source: ...`"),
    Mistake("enroll into itself", _do("enroll: §s"), "into itself", "another sequence"),
    Mistake("webhook to nobody", _do("§webhook: {}"), "to a receiver by its name", "`endpoint: NAME`"),
    Mistake(
        "webhook to two",
        _do("webhook: {endpoint: crm, §url: 'https://a.example/'}"),
        "to a receiver by its name",
        "`endpoint: NAME`",
    ),
    Mistake("webhook endpoint", _do("webhook: {endpoint: §Our CRM}"), "name of a receiver", "small letters"),
    Mistake("webhook", _do("webhook: {url: §ftp://example.com}"), "web address", "`https://`"),
    Mistake("webhook host", _do("webhook: {url: §http://ex%00ample/}"), "cannot be a host name", "`https://`"),
    Mistake(
        "webhook login",
        _do("webhook: {url: §https://me:secret@example.com/}"),
        "user name or password",
        "only the address",
    ),
    # Auto-enrollment
    Mistake(
        "no conditions",
        P + ONE + "§auto_enroll: {prevent_reenrollment_within: 1 day}\n",
        "enroll everybody",
        "at least one",
    ),
    Mistake(
        "unknown event",
        P + ONE + "auto_enroll:\n  historical: {§last_contcted: never}\n",
        "Did you mean `last_contacted`",
        "`last_placed`",
    ),
    Mistake(
        "how long ago",
        P + ONE + "auto_enroll:\n  historical: {last_contacted: §a year ago}\n",
        "how long ago",
        "`never`",
    ),
    Mistake(
        "qualitative",
        P + ONE + "auto_enroll:\n  qualitative: {person.email: §presnt}\n",
        "Did you mean `present`",
        "`missing`",
    ),
    Mistake(
        "choice in another case",
        P + ONE + "auto_enroll:\n  real: {person.type: [§candidate]}\n",
        "Did you mean `Candidate`",
        "`Client contact`",
    ),
    Mistake(
        "file has no value",
        P + ONE + "auto_enroll:\n  real: {person.resume: [§yes]}\n",
        "cannot have this value",
        "`missing`",
    ),
    Mistake("no values", P + ONE + "auto_enroll:\n  real: {person.type: §[]}\n", "too few entries", "at least 1"),
    Mistake(
        "derived field",
        P + ONE + "auto_enroll:\n  real: {§person.full_name: [x]}\n",
        "cannot read",
        "`person.first_name`",
    ),
    Mistake(
        "window of re-enrollment",
        P + ONE + "auto_enroll:\n  real: {person.type: Candidate}\n  prevent_reenrollment_within: §6 moons\n",
        "Unknown unit",
        "`6 months`",
    ),
    Mistake(
        "hold_above",
        P + ONE + "auto_enroll:\n  real: {person.type: Candidate}\n  hold_above: §many\n",
        "wrong type",
        "a whole number",
    ),
    Mistake(
        "cycle protection",
        P + ONE + "auto_enroll:\n  real: {person.type: Candidate}\n  cycle_protection: §off\n",
        "cannot be this",
        "`lineage`, `window`",
    ),
]
