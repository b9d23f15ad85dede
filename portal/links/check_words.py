"""Two plain words for each subscription: its messages carry them, its pages have the same, support reads them out."""

from __future__ import annotations

import hmac
import uuid

from portal.core.security import keys
from portal.links.models import Link
from portal.links.tokens import PURPOSE

# Short, common, spelled one way, not alike in sound or look; letters that a text message carries at no extra cost.
WORDS = {
    "en": (
        "amber apple arrow basket bridge butter candle canoe carrot castle cherry cloud copper coral cotton daisy "
        "dragon eagle falcon forest garden ginger guitar hammer harbor honey island ivory jacket kettle kite ladder "
        "lemon lion lobster maple marble mirror needle ocean olive onion orange otter pelican pepper piano planet "
        "pocket rabbit ribbon river raven salmon silver spoon sugar summer tiger tulip turtle violin walnut window"
    ),
    "fr": (
        "pomme citron cerise fraise orange olive tomate carotte miel sucre lune soleil nuage pluie neige jardin "
        "fleur tulipe arbre feuille lapin tigre lion cheval renard loup canard aigle dauphin baleine tortue abeille "
        "pont maison porte lampe bougie table tasse cuivre perle ruban coton bateau train ballon guitare piano "
        "violon tambour plante crayon livre montre panier marteau flamme plage seau caillou mouton souris gant moulin"
    ),
    "da": (
        "citron honning sukker gulerod regn skov have blomst tulipan rose blad kanin tiger hest ulv delfin hval "
        "lampe bord stol glas kobber perle ballon guitar klaver violin tromme blyant papir kurv hammer flamme flod "
        "bjerg strand raket kaffe vante spejl anker banan komet diamant ananas bolle kanel mandel oliven tomat "
        "pingvin papegøje fyrtårn mølle kælder æble pære sølv nøgle måne bjørn stjerne ørken grøft"
    ),
    "ar": (
        "قمر شمس نجمة وردة زيتون ليمون تفاح برتقال عسل خبز سكر بحر صحراء غيمة مطر حديقة أرنب أسد حصان ثعلب حوت "
        "دلفين فراشة جسر بيت نافذة مفتاح مصباح طاولة كرسي فنجان زجاج لؤلؤ شريط صوف قطار بالون كتاب ساعة مطرقة "
        "مرآة حقيبة طائرة فراولة رمان جزيرة بستان قنديل عصفور سمكة بطيخ مدينة قلعة جوهرة ملعقة وسادة سجادة إبريق "
        "هلال مظلة برميل صندوق"
    ),
}
LISTS = {locale: tuple(text.split()) for locale, text in WORDS.items()}


def check_words(link: Link, subscription_id: uuid.UUID) -> str:
    """The words of a link; "" where no message carries it."""
    return words_of(link.key_id, link.locale, subscription_id)


def words_of(key_id: str, locale: str | None, subscription_id: uuid.UUID) -> str:
    """ "amber kite", the same for every link of a subscription in one language; "" for a link without one.

    One pair for the text, the email and every later message: a customer who has two of them open, or asks on the phone,
    compares the same words. Made by HMAC, so that who does not hold our key cannot tell them from any id. They change
    when links are signed with a new key; a link keeps its key, and so its words.
    """
    key = keys().find(PURPOSE, key_id)
    if key is None or locale is None:
        return ""
    words = LISTS.get(locale.replace("_", "-").partition("-")[0], LISTS["en"])
    drawn = int.from_bytes(hmac.digest(key.secret, b"check words:" + subscription_id.bytes, "sha256")[:8])
    drawn, first = divmod(drawn, len(words))
    second = drawn % (len(words) - 1)
    return f"{words[first]} {words[second + (second >= first)]}"
