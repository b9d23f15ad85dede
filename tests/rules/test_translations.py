"""The catalogs are whole: every sentence of the code in every language, its names kept, its plurals complete."""

from __future__ import annotations

import re

import pytest
from babel import Locale
from babel.messages.catalog import Message

from portal.core.speech import CATALOGS, ENGLISH, catalog
from tests.catalogs import TRANSLATED, path, sentences, updated, written

NAMES = re.compile(r"%\((\w+)\)s")
TAGS = re.compile(r"<[^>]+>")
BREAKABLE_BEFORE_SIGN = re.compile(r" [:;?!]")


def messages(language: str) -> list[Message]:
    return [message for message in written(language) if message.id]


def forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (tuple, list)) else [message.string]


def test_the_sentences_are_found() -> None:
    assert len(sentences()) > 250
    assert "Confirm payment method" in sentences()
    assert ("every month", "every %(count)s months") in sentences()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_in_the_catalog_and_none_is_left_over(language: str) -> None:
    known = {tuple(m.id) if isinstance(m.id, (tuple, list)) else m.id for m in messages(language)}
    assert sentences() - known == frozenset(), "run `make messages`, then translate"
    assert known - sentences() == frozenset(), "run `make messages`"
    assert path(language).read_bytes() == updated(language), "run `make messages`"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_none_is_a_guess(language: str) -> None:
    assert [message.id for message in messages(language) if not all(forms(message))] == []
    assert [message.id for message in messages(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_the_names_and_tags_of_its_sentence(language: str) -> None:
    """A plural form for one or two may leave its number out, as English does: "every month"."""
    for message in messages(language):
        ids = list(message.id) if message.pluralizable else [message.id]
        wanted, numbers = set(NAMES.findall(ids[-1])), {"num", "count"}
        for form in forms(message):
            assert set(NAMES.findall(form)) | (numbers & wanted if message.pluralizable else set()) == wanted, form
            assert sorted(TAGS.findall(form)) == sorted(TAGS.findall(ids[-1])), form
            assert "%" not in NAMES.sub("", form), form
        if message.pluralizable:
            assert any(set(NAMES.findall(form)) == wanted for form in forms(message)[-1:])


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_plural_has_every_form_of_its_language_in_the_order_of_its_formula(language: str) -> None:
    rules = Locale.parse(language).plural_form
    of_number: dict[str, set[str]] = {}
    for number in range(250):
        said = catalog(language).ngettext("Try again in %(num)s minute.", "Try again in %(num)s minutes.", number)
        of_number.setdefault(rules(number), set()).add(said)
    assert all(len(said) == 1 for said in of_number.values()), of_number
    for message in messages(language):
        if message.pluralizable:
            assert len(forms(message)) == written(language).num_plurals


def test_french_signs_do_not_begin_a_line() -> None:
    assert [form for m in messages("fr") for form in forms(m) if BREAKABLE_BEFORE_SIGN.search(form)] == []


def test_danish_does_not_end_a_sentence_with_an_amount_that_ends_with_a_point() -> None:
    """ "249,00 kr." and then the point of the sentence would be two."""
    assert [form for message in messages("da") for form in forms(message) if "%(amount)s." in form] == []


def test_english_is_written_in_the_code_alone() -> None:
    assert not (CATALOGS / ENGLISH).exists()
    assert {path.name for path in CATALOGS.iterdir()} == set(TRANSLATED)
