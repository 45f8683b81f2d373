from re._constants import MAXREPEAT
from re._parser import SubPattern, parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sentiment.training.corpus import CORPUS, read_replies
from sequences.reactions.opt_out.contact import CONTACT
from sequences.reactions.opt_out.guards import GUARDS
from sequences.reactions.opt_out.languages import LANGUAGES
from sequences.reactions.opt_out.match import _compiled, opt_out_reasons, read_sentences
from sequences.reactions.opt_out.removal import REMOVAL
from sequences.reactions.opt_out.rights import RIGHTS
from sequences.reactions.opt_out.stopping import STOPPING
from sequences.reactions.sentiment import Intent, Label

KINDS = REMOVAL | RIGHTS | STOPPING | CONTACT | LANGUAGES


def _replies(table):
    return [reply.strip() for reply in table.replace("\n", " | ").split(" | ") if reply.strip()]


ASKING = _replies(
    """
Please remove me from your list | please remove me from your list. | STOP | Stop. | stop please | Unsubscribe
unsubscribe!! | How do I unsubscribe? | Take me off. | Take me off your mailing list, thanks
Can you take us off your database please | not interested at all, please stop | Not interested. Please stop.
Unsubscribe. No way to do it in your mails.
Stop texting me | Stop sending me these | Please stop emailing our office. | Don't contact me again
do not call me again | Do not email or call me. | No more texts | No further contact, please.
I do not wish to be contacted | I'd rather not receive any more emails | Leave me alone | lose my number
I have already unsubscribed | Opt me out | Please delete all my data under GDPR.
I hereby withdraw my consent to the processing of my data | I am exercising my right to be forgotten.
Under POPIA I request deletion of my records
Lovely to hear from you! All the best. Take me off your list, would you.
Yes I'd love to... be removed from your list | I'm not the right person, remove me from your list | marked as spam
Bitte melden Sie mich ab, ich möchte mich abmelden | Je voudrais me désabonner, merci. Désabonnez-moi.
Quiero darme de baja | Ik wil me graag uitschrijven | no more job alerts | wipe my file
Keine SMS mehr bitte | Lassen Sie mich in Ruhe | schreiben Sie mir bitte nicht mehr | ne m'écrivez plus
Arrêtez de m'envoyer des sms | stop à vos sms | por favor no me envíen más | ya no me manden mensajes
Dejen de escribirme | geen smsjes meer | Laat me met rust! | non scrivetemi più | pare de me enviar mensagens
Não me contacte mais | Не пишите мне больше. | Больше не присылайте
mark our company as do-not-contact | please cease | I withdraw my consent | right of erasure
don't write, don't ring, don't text | take us off your mailing | kindly refrain from sending | off your books
take me off your books | cancel my alerts | delete me | block me on your side
Under the UK DPA please delete my data | As per CCPA, do not sell my information and delete it
POPIA: remove my records | I invoke PDPA, withdraw my consent | DPDP Act: erase my personal data
PIPEDA request: delete my information | under the Privacy Act, stop contacting me
this violates CAN-SPAM, unsubscribe me | TCPA violation, stop texting | I'm on the do not call list
my number is on the national do not call registry | thank you don't contact me again | Not interested, remove
can't you stop texting me | We keep getting your emails, please remove us from your list
stop blowing up my phone | Stop | STOP!!! | end | Please take my name off your list | remove my email
can you delete my account | please remove my CV from your database | pls remove | stop messaging | don't text me
do not call | please don't call | no more emails | no more texts plz | no more calls | stop emailing
stop the emails | I no longer wish to receive these emails | I don't want any more emails from you
leave me alone | leave us alone please | forget my number | I want to be removed | please unsubscribe
I'd like to unsubscribe | take me off this list | get me off this list
Remove me from your mailing list immediately | we do not wish to be contacted | please do not contact us again
stop contacting my staff | I'm reporting you to the ICO if you email again | reported as spam | delete all my data
I request erasure of my personal data under article 17 | subject access request | You're blocked | blocking you
opt me out | opt-out | please opt out | I never signed up for this, take me off | stop spamming me
stop harassing me | quit texting me | quit it with the messages | please stop these | stop these emails
turn off the job alerts | close my account please | deactivate my profile | don't email me anymore
don't ever contact me again | never contact me again | never text this number again | remove this number
wrong number, remove me | wrong number stop texting | do not send me anything else | don't send any more
please don't send any more of these | please discontinue | discontinue all communication | cease all contact
cease contact | strike me off | purge my details | I exercise my right to object | I revoke my consent
remove our company from your contacts | add us to your do not call list | put me on your do not contact list
we'd like to be removed from your distribution list | this is my third request to be removed
please erase my details | stop all messages | I do not consent to these messages | no further emails please
no further contact | no longer interested, please remove my details | please stop | don't bother me again
do not disturb me again | no more mails from you lot | I said stop | asked you to stop twice already
can u stop these pls im working abroad now | stop textn me | nae mair texts | unsubsribe | thats u blocked
Let this be the last one. | Nothing further please, send nothing more. | Consent withdrawn, as of today. | STPO
My number has been on the National Do Not Call Registry since 2011.
I don't want any more messages from your firm landing here. | I don't want more letters from your agency.
I do not consent to my data being processed. | Treat this as a formal objection. | Stop processing.
pleese tak me of ur lisst | Yes please stop x | stoppit | block n delete. bye | blockd. bye | Put an end to it.
do not writing me again please | no send again ok | dont send here again | Please drop my address.
no such person on this phone. pls delete the number, ty | A helpline for children. Remove immediately. Thank you
you are spamming a crew phone. delete it asap | quit it wit the job spam | lose us off that list
I am asking you not to contact me about work again. | if i gt 1 more txt im reportin it as spam
She is fourteen. Stop sending her warehouse jobs.
Delete everything you have right now. | Don't keep me on your list | Please do not keep me on the database.
Take me off your list. This only wastes my time. | Stop emailing me. I only want some peace.
Stop emailing me. Change your settings. | Take me off your list. Update your records here.
I want to stop receiving these, please unsubscribe me | Lose my no mate | how do I get you to stop
I'd rather you didn't keep me on the list, remove me | never leave me on your books, take me off your list
"""
)

NOT_ASKING = _replies(
    """
Lassen Sie mich in Ruhe überlegen | no dejen de escribirme si sale algo | não pare de me enviar vagas
Antworten Sie STOP, um keine SMS mehr zu erhalten | Antwoord STOP om geen sms meer te ontvangen
N'arrêtez pas de m'écrire | не пишите на старый адрес, пишите сюда | Laat me weten wanneer
no problem | No problem, send it over | can't say no to that | can't say no to that!
Your ticket 4711 was created. Please do not reply to this message.
Do not reply to this email, it is sent automatically.
If you no longer wish to receive these emails, click here to unsubscribe.
You can unsubscribe at any time by clicking the link below. | To opt out, reply STOP to this message.
Please don't stop, I find these useful | Don't hesitate to contact me | Please do not remove me from your list
Don't take me off the list | I unsubscribed by mistake, put me back | Please don't call me at work, use my mobile
Don't text me, just call me. | Please do not contact me before 10, I work nights | Don't call me until Thursday
Please remove me from the shortlist for this role | Take me off nights please
Please delete my CV, I'll send you an updated one | Delete my old CV and use the new version.
I have signed the 48 hour opt out | Do I need to opt out of the pension? | The bus stop is right outside
I couldn't stop smiling, yes! | Non-stop work but I enjoy it | Please stop by on Monday
Shall I stop at reception? | It's on my list | I'm on the waiting list | I'm not interested | Not for me, thanks
No thanks | Please tell me more | All good, thanks! | We process your data under the GDPR, see our privacy notice.
There are no more emails in my inbox, did you send it? | I don't want to miss this | Don't forget me!
I'd hate to be taken off the list | Get me out of this job! | get me out of here, when do I start
stop the press, yes | Stop it, I'm blushing | Enough emails, ring me at four | Enough emails, let's talk
You can get my CV from your database | pull my details from your system and ring me
remove my phone number from the CV before you send it | drop us the details | drop me a line | block me in for 2pm
You never contact us after the interview | if you don't call me by Friday I'll assume it's gone
They don't call me, I call them | I hope you have not lost my number | Please don't lose my details
I was not contacted again after the interview | You strike me as honest, send it | why did you not call me?
wrong attachment, please delete it and use this one | Keep me on your list | I'm not on your list, can you add me?
no need to call me again, I've booked it | No need to send it again, I found it
my profile has been deleted, can you restore it? | Is it GDPR compliant? I run the DSAR desk here
I have handled subject access requests for years | I consent to you holding my data under GDPR
Four days a week. No more. | I could do three nights, no more | no more nights please | Don't write us off yet
Do not worry | don't hesitate to call me | Could you stop by tomorrow? | Where does the bus stop?
Cancel tomorrow's call, can we do Friday? | Please cancel my interview | how do I get off the M6 to your office?
how do I cancel the shift | Don't send me the contract until I've spoken to my wife
don't send me any jobs outside Leeds | Please don't contact my current employer | don't call my referee yet
please stop sending my CV to clients without asking | no more warehouse jobs please, office only
Take my name off the rota for Saturday | take my name out for saturday | I don't need another reminder, I'm coming
I've had no more messages from the client | There were no further emails after that
I'd rather you didn't ring me at work | Could you remove the photo from my profile? | My data says yes!
please delete my old address | I can't unsubscribe from hope | No texts please, I prefer email
no calls please, email is best | Don't text, ring. | can you take me off days and onto nights
the emails can wait, let's talk | remove me from the Leeds role but keep me for York
The Privacy Act training starts Monday | They leave me alone and I love it
the team leave me alone to get on with it | I almost unsubscribed, glad I didn't | stop, you had me at Fridays off
Stop teasing and send the details | Don't make me wait that long again | I forgot your number, what was it
sorry I lost your number | Do not use this form again? It says so in the portal | I no longer want to be a nurse
I don't want to be on nights | I withdraw my application | I object to the dress code, otherwise great
My manager asked me to stop late | Not a problem, delete the first one I sent | I blocked out Tuesday for it
blocked my diary for you | marked it as important | my old number is blocked, use this | who do I report to?
report to the site at nine | I've opted out of the pension | don't lose my number | Don't write me off!
I was about to ask you to quit emailing me, and then I saw it's a four-day week.
You can stop chasing, I'm convinced! | I unsubscribed from the other agencies, you're the only one I keep.
dont call me call our kid | take me off days n put me on nights | I'd be cross if you left me out of the next lot.
Don't contact me about rotas, that's not mine to settle. | If you received this in error, delete it.
sweet as, chuck us the details | Please take the buddy scheme off your list of worries.
I dragged the wrong file, so delete it. | That attachment is my daughter's. Delete it. | I unsubscribed from ambition
Unsubscribe? Of course not, send the next one. | Opt out? No chance, I live for these.
don't ring the landline again, mobile is perfect | Please stop phoning my desk, my boss hears it. Evenings are good.
No more emails back and forth, let's just talk! | Your footer asks if I'd like to opt out. Heavens, no!
To stop receiving notifications for this ticket, unsubscribe here.
Ticket closed. Don't want these mails? Opt out in your profile.
Your data is handled under the GDPR. | You have the right to object or to request erasure under the GDPR.
Unsubscribe? Never. I live for them. | opt me in, my sister opted me out by mistake
Lose the "no placement, no fee" clause and we can talk. | No more emails, this is silly. Come round on Tuesday.
caught me driving, stop calling 4 now, il be parked by 7 | Don't bother me with anything under fifty thousand.
Take me off the catering list but leave me on the admin one. | stop sending me lorry jobs. vans only pls
Don't send any more documents. Let's talk it over on the phone. | Shall I drop my number in the form?
"""
)


ASKING_ELSEWHERE = _replies(
    """
Kein Interesse, bitte nehmen Sie mich aus dem Verteiler. | Bitte streichen Sie uns von Ihrer Liste
Entfernen Sie meine Adresse aus Ihrer Datenbank! | Nehmt mich bitte aus eurem Mailverteiler
Bitte löschen Sie meine Daten | Ich möchte keine Mails mehr erhalten | Bitte melden Sie mich vom Newsletter ab
Tragen Sie mich bitte aus | Merci de supprimer mon adresse | Enlevez-moi de votre liste svp | Plus de mails svp
Supprimez-nous de votre base | Merci de retirer mes coordonnées de votre fichier | Haal mij van de lijst
Verwijder mijn adres uit uw bestand | Schrap ons van jullie mailinglijst | Ta bort mig från er lista.
Avregistrera mig | Slet mig fra jeres liste | Fjern meg fra listen | Fjern min adresse fra jeres database | Afmeld mig
Poistakaa minut listalta | Proszę usunąć mnie z listy | Proszę o usunięcie moich danych | Wypiszcie mnie
Prosím vyřaďte mě ze seznamu | Odhlaste mě | Odstráňte ma zo zoznamu | Izbrišite me s liste
Kérem, töröljenek a listáról | Vă rog ștergeți-mă de pe listă | Beni listenizden çıkarın | Toglietemi dalla lista
Cancellatemi dalla mailing list | Mi tolga dalla vostra lista | Cancellate i miei dati | Удалите меня из списка
Уберите мой адрес из базы | Видаліть мене зі списку | Retire-me da lista | Remova meu e-mail da lista
Quítenme de su lista | Elimíneme de su base de datos | Quite mi correo de su lista
"""
)
NOT_ASKING_ELSEWHERE = _replies(
    """
Nehmen Sie mich bitte in den Verteiler auf | Ich nehme mir einen Tag aus dem Urlaub
Bitte nehmen Sie uns aus der Liste der Bewerber zwei heraus und rufen an | Melden Sie sich ab Montag
Bitte melden Sie mich beim Pförtner an | Streichen Sie bitte den Termin | Ich möchte keine Zeitarbeit mehr
Appelez-moi, plus de détails suivent | Retirez le badge à l'accueil | Nous n'avons plus de mails de Ben
Verwijder de bijlage aub | Haal mij op van het station | Ta bort bilagan | Ta mig till mötet | Fjern vedlegget
Tag mig med fra mødet | Proszę usunąć załącznik | Odstraňte prosím přílohu | Izbrišite privitak | Vegye le az árat
Удалите вложение | Пришлите мне список | Tolga l'allegato | Cancelli l'appuntamento
Mi elimini il dubbio: il posto è libero? | Retire o anexo da lista | Me tire uma dúvida | Quiten el adjunto
Haal mij maar van de trein | Löschen Sie bitte den letzten Termin | Löschen Sie bitte die Datei
"""
)


@pytest.mark.parametrize("text", ASKING_ELSEWHERE)
def test_asking_in_another_language(text):
    assert opt_out_reasons(text) == ("another language",)


@pytest.mark.parametrize("text", NOT_ASKING_ELSEWHERE)
def test_not_asking_in_another_language(text):
    assert opt_out_reasons(text) == ()


@pytest.mark.parametrize("text", ASKING)
def test_asking_not_to_be_contacted(text):
    assert opt_out_reasons(text)


@pytest.mark.parametrize("text", NOT_ASKING)
def test_not_asking(text):
    assert opt_out_reasons(text) == ()


@pytest.mark.parametrize("word", ["Cancel", "End", "Quit"])
def test_an_everyday_word_with_a_question_mark_asks(word):
    assert opt_out_reasons(f"{word}.") == ("stop",)
    assert opt_out_reasons(f"{word}? ") == ()
    assert opt_out_reasons("Stop?") == ("stop",)


def test_the_reason_is_the_name_of_the_pattern():
    assert opt_out_reasons("Stop texting me, take me off your list") == ("remove me", "stop")


def test_on_the_corpus_the_list_finds_most_and_never_alarms_over_a_positive():
    # Measured on all replies written so far: some 80 % of the opt-outs found (97 % of the first corpus, fewer of those
    # that were written to be hard), two or three alarms in 8,000, none over a positive. The rest is the model's part.
    replies = read_replies(CORPUS)
    asking = [bool(opt_out_reasons(reply.text)) for reply in replies if reply.intent is Intent.OPT_OUT]
    assert sum(asking) / len(asking) >= 0.75
    alarms = [reply for reply in replies if reply.intent is not Intent.OPT_OUT and opt_out_reasons(reply.text)]
    assert [reply.text for reply in alarms if reply.label is Label.POSITIVE] == []
    assert sum(asking) / (sum(asking) + len(alarms)) >= 0.99


NASTY = [
    "a",
    "stop ",
    "please ",
    "to unsubscribe ",
    "call",
    "take a ",
    "remove my my ",
    "a-a ",
    "don't ",
    "no. ",
    " ",
    " \u2014",
    "\n",
    "\u0000;",
]


@pytest.mark.parametrize("part", NASTY)
def test_no_pattern_ever_meets_a_long_sentence(part):
    pieces = read_sentences(part * (200_000 // len(part)))
    assert max(map(len, pieces), default=0) <= 600
    assert sum(map(len, pieces)) <= 60_000
    opt_out_reasons(part * (200_000 // len(part)))


def test_the_end_of_a_long_text_is_read():
    assert opt_out_reasons("word " * 30_000 + "and now please take me off your list")
    assert opt_out_reasons("Fine. " * 30_000 + "Take me off your list.")


def _unbounded(tree, inside=False):
    """Does an unbounded repeat hold another one? That is what makes matching explode."""
    for operation, argument in tree:
        name = str(operation)
        endless = name.endswith("_REPEAT") and argument[1] == MAXREPEAT
        if endless and inside:
            return True
        parts = argument if isinstance(argument, (list, tuple)) else (argument,)
        for part in parts:
            for nested in part if isinstance(part, list) else (part,):
                if isinstance(nested, SubPattern) and _unbounded(nested, inside or endless):
                    return True
    return False


def test_no_pattern_nests_endless_repeats():
    assert _unbounded(parse(r"(?:a+b)*"))
    patterns = [*GUARDS, *(pattern for kind in KINDS.values() for pattern in kind)]
    assert [pattern for pattern in patterns if _unbounded(parse(_compiled(pattern).pattern))] == []


def test_curly_quotes_and_capitals_change_nothing():
    assert opt_out_reasons("DON\u2019T CONTACT ME AGAIN!!!") == opt_out_reasons("don't contact me again")


def test_the_parts_of_the_list_share_no_reason():
    assert sum(map(len, (REMOVAL, RIGHTS, STOPPING, CONTACT, LANGUAGES))) == len(KINDS)


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    assert isinstance(opt_out_reasons(text), tuple)


@given(
    st.lists(st.sampled_from([*ASKING, *NOT_ASKING, "don't", "never", "\n", ",", "\ud83d"]), max_size=6).map(" ".join)
)
def test_any_mixture_is_read(text):
    assert set(opt_out_reasons(text)) <= set(KINDS)
