"""Tools for drafts and judgements: none of them sends, enrolls, approves or publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from mcp.server.mcpserver import Context
from mcp_types import ToolAnnotations
from pydantic import Field, TypeAdapter

from sequences.reactions.sentiment import Intent, Label
from services.reading.fields import FieldLine
from starter.http.list_parameters import STORABLE
from starter.mcp import operations
from starter.mcp.answers import ToolCheck, ToolDraft, ToolFields, ToolGuide, ToolJudgement, ToolSavedDraft
from starter.mcp.guide_pages import page
from starter.mcp.reading_tools import READS, Name

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from starter.mcp.api import Api

_CHANGES: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)
_FIELDS, _DRAFT, _SAVED = TypeAdapter(list[FieldLine]), TypeAdapter(ToolDraft), TypeAdapter(ToolSavedDraft)
_CHECKED, _JUDGED = TypeAdapter(ToolCheck), TypeAdapter(ToolJudgement)
# Of one call: what an assistant writes, not what a draft may hold.
_MOST_FILES: Final = 50
_Path = Annotated[str, Field(min_length=1, max_length=200, pattern=STORABLE)]
_Text = Annotated[str, Field(max_length=100_000, pattern=STORABLE)]
Files = Annotated[
    dict[_Path, _Text | None],
    Field(
        min_length=1,
        max_length=_MOST_FILES,
        description="Texts by path: sequence.yaml, and a template for each message, such as intro/hello.email.txt or "
        "intro/hello.sms.txt. Files that are not named stay; null removes a template.",
    ),
]


def add_writing_tools(server: MCPServer[Any], api: Api) -> None:
    """Adds them."""
    _add_guide(server, api)
    _add_drafts(server, api)
    _add_judging(server, api)


def _add_guide(server: MCPServer[Any], api: Api) -> None:
    @server.tool(title="Read the guide", annotations=READS)
    async def read_guide(
        which: Annotated[
            Literal["writing-sequences", "templates", "schema"],
            Field(description="writing-sequences first; templates for messages; schema: JSON Schema of sequence.yaml."),
        ] = "writing-sequences",
    ) -> ToolGuide:
        """How a sequence and its templates are written. Read it before you draft."""
        return ToolGuide(page=which, text=page(which))

    @server.tool(title="List fields", annotations=READS)
    async def list_fields(
        context: Context[Any, Any],
        record: Annotated[Literal["person", "placement"], Field(description="What the sequence is about.")] = "person",
    ) -> ToolFields:
        """The fields that templates, rules, stop rules and set_field may name, the organisation's own among them."""
        found = await api.call(context, operations.FIELDS, _FIELDS, asked={"record": record}, tool="list_fields")
        return ToolFields(items=found)


def _add_drafts(server: MCPServer[Any], api: Api) -> None:
    @server.tool(title="Read a draft", annotations=READS)
    async def get_draft(context: Context[Any, Any], sequence: Name) -> ToolDraft:
        """The texts of a sequence: its draft, or what is published, with what is wrong with it and its mark."""
        return await api.call(context, operations.GET_DRAFT, _DRAFT, at={"name": sequence}, tool="get_draft")

    @server.tool(title="Check a sequence", annotations=READS)
    async def check_sequence(context: Context[Any, Any], sequence: Name, files: Files) -> ToolCheck:
        """Check texts of a sequence, without saving: every mistake with file, line, column and what is allowed."""
        return await api.call(
            context, operations.CHECK, _CHECKED, at={"name": sequence}, body={"files": files}, tool="check_sequence"
        )

    @server.tool(title="Save a draft", annotations=_CHANGES)
    async def save_draft(
        context: Context[Any, Any],
        sequence: Name,
        files: Files,
        mark: Annotated[
            str | None,
            Field(max_length=64, pattern=STORABLE, description="`mark` of get_draft or of the last save; none if new."),
        ] = None,
    ) -> ToolSavedDraft:
        """Save texts of a draft and check it. Nothing is published: a person looks at it and does that."""
        return await api.call(
            context,
            operations.SAVE_DRAFT,
            _SAVED,
            at={"name": sequence},
            body={"files": files, "mark": mark},
            tool="save_draft",
        )


def _add_judging(server: MCPServer[Any], api: Api) -> None:
    @server.tool(title="Judge a reply", annotations=_CHANGES)
    async def judge_reply(
        context: Context[Any, Any],
        reply: Annotated[str, Field(pattern=r"^r[a-z0-9]{10,40}$", description="Id of the reply, of list_replies.")],
        label: Annotated[Label, Field(description="The writer's attitude to further contact.")],
        intent: Annotated[
            Intent | None, Field(description="What the writer does; opt_out suppresses the person on every channel.")
        ] = None,
        note: Annotated[str, Field(max_length=1000, pattern=STORABLE, description="Why, for the recruiter.")] = "",
    ) -> ToolJudgement:
        """Say what a reply means. The run then follows its rules for such a reply.

        It lifts no opt-out and no hold for a suspected one: a person does that in the console.
        """
        body = {"label": label, "intent": intent, "note": note}
        return await api.call(
            context, operations.REVIEW, _JUDGED, at={"reaction": reply}, body=body, tool="judge_reply"
        )
