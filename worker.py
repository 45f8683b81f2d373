"""The composition root: settings -> adapters -> services -> activities -> workers. Reads like a wiring diagram."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from temporalio.worker import Worker

from activities.bulk import BulkActivities
from activities.decision_log import DecisionInterceptor
from activities.failures import FailureInterceptor
from activities.follow_up_delivery import DeliveryActivities
from activities.heartbeats import HeartbeatInterceptor
from activities.mailbox_retry import MailboxRetryActivities
from activities.message import MessageActivities
from activities.owner_mails import NotifyingActivities
from activities.reaction import ReactionActivities
from activities.reconciliation import ReconcilingActivities
from activities.retention import RetentionActivities
from activities.rule_scan import ScanningActivities
from activities.rule_watch import WatchingActivities
from activities.run import RunActivities
from activities.run_watch import RunWatchActivities
from activities.scoring import ScoringActivities
from activities.step import StepActivities
from activities.window import WindowActivities
from adapters.clock import utc_now
from adapters.postgres.rules.evaluator import Rules
from adapters.temporal.checked_runner import CheckedRunner
from adapters.temporal.client import require_search_attributes
from adapters.temporal.executions import TemporalExecutions
from adapters.temporal.metrics import metered_runtime
from adapters.temporal.schedules import MAILBOX_RETRY, NOTIFICATION_MAILS, RECONCILIATION, RETENTION, RUN_WATCH
from adapters.tracing import set_up_tracing
from sequences.channels import CHANNELS
from sequences.errors import WorkflowCodeError
from sequences.names import DELIVERY_QUEUE, QUEUE, SEND_QUEUE, SENTIMENT_QUEUE
from sequences.planning.workdays import read_holidays
from services.auto_enroll.wiring import AutoEnrollment, RuleParts, auto_enrollment
from services.follow_ups.carry_out import FollowUps
from services.follow_ups.deliver import DeliverFollowUp
from services.follow_ups.send_message import SendMessage
from services.follow_ups.send_owner_mails import NotifyByMail
from services.follow_ups.write_owner_mails import OwnerMails
from services.mailboxes.choose_mailbox import ChooseMailbox
from services.mailboxes.directory import KnownMailboxes
from services.mailboxes.inbox import SentFoldersOfAll
from services.mailboxes.log_in import MailboxLogins
from services.mailboxes.retry_mailboxes import RetryMailboxes
from services.operations.bulk_pages import BulkPages
from services.outages import Outages
from services.reactions.handle_reaction import HandleReaction
from services.reactions.score_reply import ScoreReply
from services.replies.forward_replies import ForwardReplies
from services.replies.send_answers import SendAnswers, Transports
from services.retention.notice import give_notice
from services.retention.remove import Retention
from services.runs.begin_run import BeginRun
from services.runs.commands import Commands
from services.runs.failed_run import FailedRun
from services.runs.finish_run import FinishRun
from services.runs.run_watch import RunWatch
from services.sending.carriers import carriers_of
from services.sending.compose_email import Composer
from services.sending.hand_over import Sending
from services.sending.prepare_message import PrepareMessage
from services.sending.reconcile_unknown import ReconcileUnknown
from services.sending.settle_send import SettleSend
from services.sending.take_step import TakeStep
from starter.composition import Services, open_connections, open_services, webhooks_of
from starter.limits import slots_of
from starter.logs import set_up_logs
from starter.mail_wiring import own_addresses, sent_folders_of, signer_of
from starter.mailbox_access import mail_tokens
from starter.process import set_aside_what_stays, set_by_signals
from starter.sentiment_wiring import AT_ONCE, Scoring, loaded, scoring_with, sentiment_model
from starter.server.dispatch import dispatching
from starter.server.outbox import Dispatcher, Duty
from starter.transports import email_transport, own_transports, sms_transport
from workflows.bulk_control import BulkControlWorkflow
from workflows.delivery import DeliveryWorkflow
from workflows.enrollment import EnrollmentWorkflow
from workflows.late_reaction import LateReactionWorkflow
from workflows.mailbox_retry import MailboxRetryWorkflow
from workflows.notification_mail import NotificationMailWorkflow
from workflows.reconciliation import ReconciliationWorkflow
from workflows.reenrollment_window import ReenrollmentWindowWorkflow
from workflows.retention import RetentionWorkflow
from workflows.rule_scan import RuleScanWorkflow
from workflows.rule_watcher import RuleWatcherWorkflow
from workflows.run_watch import RunWatchWorkflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from temporalio.runtime import Runtime
    from temporalio.worker import WorkerConfig, WorkflowRunner

    from adapters.mail.incoming.sent_folder import SentFolders
    from adapters.operating_settings import OperatingSettings
    from adapters.sentiment.settings import SentimentSettings
    from adapters.settings import SentimentWorkerSettings, Settings
    from services.ports import EmailTransport, OwnTransports, Receivers, SmsTransport
    from services.sending.carriers import Carrier
    from starter.composition import Connected

WORKFLOWS = [
    EnrollmentWorkflow,
    LateReactionWorkflow,
    BulkControlWorkflow,
    DeliveryWorkflow,
    MailboxRetryWorkflow,
    NotificationMailWorkflow,
    ReconciliationWorkflow,
    ReenrollmentWindowWorkflow,
    RuleWatcherWorkflow,
    RuleScanWorkflow,
    RunWatchWorkflow,
    RetentionWorkflow,
]
QUEUES = (QUEUE, SEND_QUEUE, SENTIMENT_QUEUE)
# With what comes after it, less than the ten seconds in which operations.md promises the end.
_GRACE = timedelta(seconds=8)
_HEARS_WITHIN = timedelta(seconds=2)
_AT_ONCE = 100
_DELIVERIES_AT_ONCE = 50
_log = logging.getLogger("relance.worker")


def main_worker(
    services: Services, follow_ups: FollowUps, delivering: DeliverFollowUp, runner: WorkflowRunner | None = None
) -> Worker:
    """Workflows, and the activities that only need Postgres.

    ``runner`` runs the workflows. Tests give the sandbox; without one it is ``CheckedRunner``.

    Raises:
        WorkflowCodeError: the sandbox refuses the code of a workflow.
    """
    database, planning = services.database, services.planning
    runs = RunActivities(
        BeginRun(database, planning),
        Commands(database, planning),
        FinishRun(database, planning, follow_ups),
        FailedRun(database, planning),
    )
    reactions = ReactionActivities(HandleReaction(database, planning, follow_ups, services.instruments))
    deliveries = DeliveryActivities(delivering)
    bulk = BulkActivities(BulkPages(database, services.runs))
    windows = WindowActivities(services.windows)
    rules = rules_of(services)
    watching, scanning = WatchingActivities(rules.watching), ScanningActivities(rules.scanning)
    retention = RetentionActivities(Retention(database, services.settings.retention(), utc_now))
    watch = RunWatchActivities(RunWatch(database, services.runs, TemporalExecutions(services.client)))
    return _worker(
        services,
        QUEUE,
        [
            bulk.begin_bulk,
            bulk.control_page,
            bulk.release_hold,
            runs.begin_run,
            runs.carry_out_command,
            runs.finish_run,
            runs.settle_failure,
            reactions.handle_reaction,
            watch.watch_runs,
            retention.remove_expired,
            deliveries.deliver_follow_ups,
            deliveries.give_up_delivery,
            windows.end_window,
            watching.watch_changes,
            scanning.begin_scan,
            scanning.scan_page,
        ],
        {
            "workflows": WORKFLOWS,
            "workflow_runner": runner or CheckedRunner(),
            "max_cached_workflows": services.settings.cached_runs,
            "disable_eager_activity_execution": False,
        },
    )


def deliveries_of(services: Services, receivers: Receivers) -> DeliverFollowUp:
    """What delivers follow-ups; ``receivers`` is the world outside."""
    settings = services.settings
    return DeliverFollowUp(
        database=services.database,
        planning=services.planning,
        enrolling=services.enrolling,
        receivers=receivers,
        secret=settings.hook_keys()[0],
        lasts=timedelta(hours=settings.deliver_for),
    )


def delivery_worker(services: Services, delivering: DeliverFollowUp) -> Worker:
    """What waits for other systems, in places of its own: however many of them hang, no run waits for one."""
    deliver = DeliveryActivities(delivering).deliver_follow_up
    return _worker(services, DELIVERY_QUEUE, [deliver], {"max_concurrent_activities": _DELIVERIES_AT_ONCE})


def rules_of(services: Services) -> AutoEnrollment:
    """Auto-enrollment, with the organisation's fields and days."""
    settings = services.settings
    return auto_enrollment(
        RuleParts(
            database=services.database,
            records=services.records,
            rules=Rules(services.versions, settings.catalogue()),
            changes=services.changes,
            eligibility=services.enrolling.eligibility,
            zone=ZoneInfo(settings.organisation_timezone),
        )
    )


def send_worker(
    services: Services,
    composer: Composer,
    follow_ups: FollowUps,
    email: EmailTransport,
    sms: SmsTransport,
    sent: SentFolders | None = None,
    others: Mapping[str, Carrier] = MappingProxyType({}),
    own: OwnTransports | None = None,
) -> Worker:
    """What hands messages to servers, on its own queue: a slow mail server delays sends and nothing else.

    ``others`` carry the messages of channels besides e-mail and SMS; ``own`` are servers of mailboxes of their own.
    """
    outages = Outages(services.database, utc_now, services.settings.operator)
    slots = slots_of(services.settings)
    sending = Sending(services.database, carriers_of(composer, email, sms, outages, own) | dict(others), slots)
    settling = SettleSend(slots)
    choosing = ChooseMailbox(KnownMailboxes(), slots, services.settings.mailbox_fallback)
    steps = TakeStep(
        database=services.database,
        planning=services.planning,
        preparing=PrepareMessage(services.planning, composer, services.organisation, choosing),
        sending=sending,
        settling=settling,
        follow_ups=follow_ups,
        instruments=services.instruments,
    )
    messages = SendMessage(
        database=services.database,
        planning=services.planning,
        composer=composer,
        organisation=services.organisation,
        sending=sending,
        settling=settling,
        choosing=choosing,
    )
    keys, ca_file = services.settings.keys(), services.settings.imap_ca_file or None
    tokens = mail_tokens(services.settings, services.database, utc_now)
    logins = MailboxLogins(own=own, keys=keys, ca_file=ca_file, tokens=tokens) if own is not None else None
    unknown = ReconcileUnknown(
        services.database,
        services.planning,
        SentFoldersOfAll(services.database, keys, sent, ca_file, tokens),
        {name: sms for name, spec in CHANNELS.items() if spec.by_twilio},
        timedelta(hours=services.settings.unknown_after),
    )
    answers = SendAnswers(services.database, Transports(email, sms, composer.status_url, own))
    return _worker(
        services,
        SEND_QUEUE,
        [
            StepActivities(steps).take_step,
            MessageActivities(messages).send_follow_up,
            NotifyingActivities(notifying(services, email), answers).mail_notifications,
            ReconcilingActivities(unknown).reconcile_sends,
            MailboxRetryActivities(RetryMailboxes(services.database, logins)).retry_mailboxes,
        ],
    )


def notifying(services: Services, email: EmailTransport) -> NotifyByMail:
    """The outbox of notifications, by the organisation's clock."""
    settings, organisation = services.settings, services.organisation
    zone = ZoneInfo(settings.organisation_timezone)
    mails = OwnerMails(services.database, organisation, settings.digest_clock(), zone, signer_of(settings))
    return NotifyByMail(services.database, mails, email, organisation.sender_address, reply_forwarding(services))


def reply_forwarding(services: Services) -> ForwardReplies:
    """What passes replies on to their owners."""
    settings, organisation = services.settings, services.organisation
    return ForwardReplies(
        database=services.database,
        planning=services.planning,
        organisation=organisation,
        way=settings.replies,
        own=own_addresses(settings),
        zone=ZoneInfo(settings.organisation_timezone),
        seal=signer_of(settings),
    )


def sentiment_worker(services: Connected, scoring: Scoring) -> Worker:
    """The scoring activity, given a model that is warm: a worker that polls is ready."""
    return _worker(
        services,
        SENTIMENT_QUEUE,
        [ScoringActivities(ScoreReply(services.database, scoring.scorer)).score_reply],
        {"activity_executor": scoring.executor, "max_concurrent_activities": AT_ONCE},
    )


def _worker(services: Connected, queue: str, activities: list[Any], options: WorkerConfig | None = None) -> Worker:
    shared: WorkerConfig = {
        "client": services.client,
        "task_queue": queue,
        "activities": activities,
        "interceptors": [FailureInterceptor(), HeartbeatInterceptor(), DecisionInterceptor()],
        "max_concurrent_activities": _AT_ONCE,
        # An eager activity starts with the answer to the workflow task that asked for it. Only the main queue has any.
        "disable_eager_activity_execution": True,
        "graceful_shutdown_timeout": _GRACE,
        # An activity hears of its cancellation in the answer to a heartbeat: somebody waits for that.
        "max_heartbeat_throttle_interval": _HEARS_WITHIN,
    }
    if services.build is not None:
        shared["deployment_config"] = services.build
    try:
        return Worker(**(shared | (options or {})))
    except RuntimeError as error:
        # The SDK names the workflow around what the runner says; ours names it already.
        raise (error.__cause__ if isinstance(error.__cause__, WorkflowCodeError) else error) from None


async def run(settings: Settings, queues: tuple[str, ...] = (QUEUE, SEND_QUEUE), *, starts: bool = True) -> None:
    """Works on the given queues until SIGTERM or SIGINT, then lets what it has begun end.

    Args:
        settings: ours.
        queues: to work on.
        starts: also start the runs that wait for it, where their workflows are worked on.

    Raises:
        UnavailableError: Postgres or Temporal does not answer.
        SettingsError: a setting is missing or wrong, the port of metrics is taken, or search attributes are missing.
    """
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings, runtime=_observed(settings, "worker")))
        await require_search_attributes(services.client)
        if QUEUE in queues:
            await RUN_WATCH.ensure(services.client)
            async with services.database.transaction() as connection:
                await give_notice(connection, settings.retention(), utc_now())
            await RETENTION.ensure(services.client)
        if SEND_QUEUE in queues:
            await NOTIFICATION_MAILS.ensure(services.client)
            await RECONCILIATION.ensure(services.client)
            await MAILBOX_RETRY.ensure(services.client)
        asked = asyncio.Event()
        # Before the first activity: what a signal cut off would be in doubt.
        with set_by_signals(asked):
            for worker in await _workers(stack, services, queues):
                await stack.enter_async_context(worker)
            await asyncio.to_thread(read_holidays)
            if starts and QUEUE in queues:
                await stack.enter_async_context(dispatching(Dispatcher(services, duty=Duty.STARTS)))
            set_aside_what_stays()
            _log.info("working on %s", ", ".join(queues))
            await asked.wait()


async def judge(settings: SentimentWorkerSettings) -> None:
    """Works on the queue of replies that are to be judged, and knows no key and no login; else as ``run``.

    Raises:
        UnavailableError: Postgres or Temporal does not answer.
        SettingsError: a setting is missing or wrong, or the port of metrics is taken.
    """
    async with AsyncExitStack() as stack:
        runtime = _observed(settings, "sentiment")
        connected = await stack.enter_async_context(open_connections(settings, runtime=runtime))
        asked = asyncio.Event()
        with set_by_signals(asked):
            await stack.enter_async_context(await _judging(stack, connected, settings))
            set_aside_what_stays()
            _log.info("working on %s", SENTIMENT_QUEUE)
            await asked.wait()


def _observed(settings: OperatingSettings, part: str) -> Runtime | None:
    """Logs and traces as they are wanted; and the runtime that keeps metrics, where somebody wants them."""
    set_up_logs(settings.log_level, settings.log_format)
    set_up_tracing(part)
    return metered_runtime(settings.metrics_host, settings.metrics_port) if settings.metrics_port else None


async def _judging(stack: AsyncExitStack, connected: Connected, settings: SentimentSettings) -> Worker:
    model = await loaded(partial(sentiment_model, settings))
    return sentiment_worker(connected, await stack.enter_async_context(scoring_with(model)))


async def _workers(stack: AsyncExitStack, services: Services, queues: tuple[str, ...]) -> list[Worker]:
    renderer = services.renderer
    composer = Composer(renderer, services.organisation, signer_of(services.settings))
    follow_ups = FollowUps(renderer, composer, services.changes)
    workers = []
    if QUEUE in queues:
        webhooks = webhooks_of(services.settings, services.database)
        stack.push_async_callback(webhooks.aclose)
        delivering = deliveries_of(services, webhooks)
        workers += [main_worker(services, follow_ups, delivering), delivery_worker(services, delivering)]
    if SEND_QUEUE in queues:
        email, sms = email_transport(services.settings), sms_transport(services.settings)
        stack.push_async_callback(email.aclose)
        stack.push_async_callback(sms.aclose)
        if sent := sent_folders_of(services.settings):
            stack.push_async_callback(sent.aclose)
        own = own_transports(services.settings, services.database)
        stack.push_async_callback(own.aclose)
        workers.append(send_worker(services, composer, follow_ups, email, sms, sent, own=own))
    if SENTIMENT_QUEUE in queues:
        workers.append(await _judging(stack, services, services.settings))
    return workers
