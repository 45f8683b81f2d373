from typing import Any

import pytest

from sequences.reactions.opt_out.match import opt_out_reasons
from sequences.reactions.opt_out.other_languages import folded, opt_outs_by_language, read_written
from sequences.reactions.sentiment import CalibratedReading, Intent, Label, Probabilities, decide

WRITTEN = read_written()
POLITE, LISTS = opt_outs_by_language()
PATTERNS = [
    pytest.param(code, entry, id=f"{code}: {entry['yes'][0][:40]}")
    for code, entries in WRITTEN["patterns"].items()
    for entry in entries
]
GUARDS = [
    pytest.param(entry, id=f"{code}: {entry['yes'][0][:40]}")
    for code, entries in WRITTEN["guards"].items()
    for entry in entries
]


@pytest.mark.parametrize(("code", "entry"), PATTERNS)
def test_a_pattern_finds_its_examples_and_no_near_miss(code: Any, entry: Any) -> None:
    assert entry["yes"]
    assert entry["no"]
    patterns = LISTS[code].patterns
    pattern = patterns[WRITTEN["patterns"][code].index(entry)]
    for text in entry["yes"]:
        assert pattern.search(folded(text.lower().strip(" .!?"), POLITE)), text
        assert "another language" in opt_out_reasons(text), text
    for text in entry["no"]:
        assert opt_out_reasons(text) == (), text


@pytest.mark.parametrize("entry", GUARDS)
def test_a_guard_holds_back_what_is_harmless_and_no_request(entry: Any) -> None:
    for text in entry["yes"]:
        assert opt_out_reasons(text) == (), text
    for text in entry["no"]:
        assert opt_out_reasons(text), text


WANTED = """
Tragen Sie uns bitte aus Ihrem Verteiler aus. | bitte nicht mehr melden | Ich untersage Ihnen jede Werbung.
Merci de ne plus nous contacter. | stop les messages svp | Rayez-nous de vos listes.
No nos escriban más, por favor. | borrame de tu base | Les ruego que me den de baja.
Non mandatemi più messaggi. | cancellatemi subito | Basta spam!
Gelieve mij niet meer te mailen. | haal ons van de lijst | Ik wil geen mails meer.
Não me escrevam mais. | tirem-me da lista | Chega de spam!
Proszę nie dzwonić więcej. | wypiszcie nas z bazy | Nie chcę więcej maili.
Skriv inte till oss mer. | stryk oss från listan | Inga fler mejl, tack.
"""
HARMLESS = """
Wie viele Haltestellen sind es? | Bitte rufen Sie nicht mehr nach acht an. | Kein Anschluss hier. | Kein Interesse
Ne m'appelez plus avant midi. | Le bus fait trois arrêts. | Pas intéressé | Je n'ai plus de batterie.
No me llamen más tarde de las ocho. | Son tres paradas. | No me interesa | Paro en la próxima.
Sono tre fermate. | Non mi interessa | Non ho più batteria. | Mi fermo alla prossima.
Het zijn drie haltes. | Geen interesse | Mijn batterij is leeg, bel later. | Ik stop bij de volgende halte.
São três paragens. | Sem interesse | Já não tenho bateria. | Paro na próxima.
To trzy przystanki. | Nie jestem zainteresowany | Nie mam już baterii. | Wysiadam na następnym.
Det är tre hållplatser. | Inte intresserad | Jag har inget batteri mer. | Jag stannar vid nästa.
"""


def _texts(table: str) -> list[str]:
    return [text.strip() for text in table.strip().replace("\n", " | ").split(" | ")]


@pytest.mark.parametrize("text", _texts(WANTED))
def test_a_wish_in_another_language_suppresses_as_in_english_and_is_still_read(text: str) -> None:
    score = decide(CalibratedReading(Probabilities(0.98, 0.01, 0.01), {Intent.INTERESTED: 1.0}), text, 0.85)
    assert score.opt_out
    assert score.label is Label.NEGATIVE
    assert score.needs_review


@pytest.mark.parametrize("text", _texts(HARMLESS))
def test_a_decline_or_a_stop_of_the_tram_is_no_wish_and_waits_for_a_person(text: str) -> None:
    score = decide(CalibratedReading(Probabilities(0.01, 0.98, 0.01), {Intent.DECLINE: 1.0}), text, 0.85)
    assert not score.opt_out
    assert score.needs_review


def test_accents_sharp_s_and_polite_words_do_not_count() -> None:
    assert folded("s'il vous plaît größe", POLITE) == "grosse"
    assert folded("proszę nie pisać więcej", POLITE) == "nie pisac wiecej"


def test_patterns_have_no_capturing_group() -> None:
    compiled = [each for one in LISTS.values() for each in (*one.patterns, *one.guards)]
    assert [each.pattern for each in compiled if each.groups] == []
