"""Segments: judged by two libraries that count them, too, and by the vendors' own rules."""

import math

import gsm0338
import pytest
import smsutil
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smsway.model import STANDARD, SegmentRule, count_segments, is_gsm
from smsway_tencent_global._provider import CAPABILITIES as GLOBAL
from smsway_tencent_sms._provider import CAPABILITIES as SMS
from smsway_tencent_v5._provider import CAPABILITIES as V5
from smsway_usms._provider import CAPABILITIES as USMS

EXTENSION = "^{}\\[~]|€"
GSM = st.text("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0129:;<=>?¡AZÄÖÑÜ§¿azäöñüà" + EXTENSION)
ANY = st.text(st.characters(exclude_categories=["Cs"]))
CODEC = gsm0338.Codec()


def encodes(character):
    try:
        CODEC.encode(character)
    except UnicodeEncodeError:
        return False
    return True


def septets(text):
    return len(CODEC.encode(text)[0])


def test_the_alphabet_is_that_of_gsm0338():
    for point in [*range(0x1B), *range(0x1C, 0xD800), *range(0xE000, 0x11000)]:
        assert is_gsm(chr(point)) == encodes(chr(point)), hex(point)


def test_escaped_characters_take_two_septets_as_in_gsm0338():
    for character in EXTENSION + "\f":
        assert septets(character) == 2
        assert count_segments(character * 80) == 1
        assert count_segments(character * 81) == 2


@settings(max_examples=200)
@given(st.lists(GSM, min_size=1, max_size=8), st.integers(1, 40))
def test_gsm_text_is_counted_as_gsm0338_counts_its_septets(parts, times):
    text = "".join(parts) * times
    length = septets(text)

    found = count_segments(text)

    if length <= 160:
        assert found == 1
    else:
        # A part holds 153 septets, or 152 where an escaped character did not fit into the last one.
        assert math.ceil(length / 153) <= found <= math.ceil(length / 152)


@settings(max_examples=200)
@given(ANY, st.integers(1, 60))
@example("a" * 160, 1)
@example("a" * 161, 1)
@example("a" * 306, 1)
@example("a" * 307, 1)
@example("中" * 70, 1)
@example("中" * 71, 1)
@example("中" * 134, 1)
@example("中" * 135, 1)
@example("a" * 152 + "€" + "b" * 100, 1)
@example("中" * 66 + "😀" + "中" * 30, 1)
def test_segments_are_those_of_smsutil(text, times):
    text = text[:40] * times if times > 1 else text
    # smsutil does not know the form feed of the extension table, and takes a bare escape for a character.
    text = text.replace("\f", "").replace("\x1b", "")

    if text:
        assert count_segments(text) == len(smsutil.split(text).parts)


def test_the_empty_text_takes_one_segment():
    assert count_segments("") == 1


def test_an_escaped_character_moves_whole_into_the_next_part():
    # 152 septets, then an escaped character: two parts hold 305 septets and not 306.
    assert count_segments("a" * 152 + "€" + "b" * 151) == 2
    assert count_segments("a" * 152 + "€" + "b" * 152) == 3


def test_a_surrogate_pair_is_never_split_over_two_parts():
    assert count_segments("中" * 67 + "😀" + "中" * 65) == 2
    assert count_segments("中" * 66 + "😀" + "中" * 65) == 2
    assert count_segments("中" * 66 + "😀" + "中" * 66) == 3


def test_one_character_outside_the_alphabet_makes_all_of_the_text_ucs2():
    assert count_segments("a" * 160) == 1
    assert count_segments("a" * 159 + "ç") == 3


@given(ANY)
def test_more_text_never_takes_fewer_segments(text):
    assert count_segments(text) <= count_segments(text + "中") <= count_segments(text + "中a")


@pytest.mark.parametrize("capabilities", [V5, SMS, USMS], ids=["tencent-v5", "tencent-sms", "usms"])
def test_to_the_mainland_letters_count_like_ideographs_70_or_67_to_the_part(capabilities):
    rule = capabilities.segment_rule("CN")

    assert [count_segments("a" * length, rule) for length in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert rule.signature == "【{}】"


@pytest.mark.parametrize("capabilities", [V5, SMS, USMS], ids=["tencent-v5", "tencent-sms", "usms"])
def test_abroad_english_has_160_or_153_and_the_signature_counts_in_square_brackets(capabilities):
    rule = capabilities.segment_rule("MY")

    assert [count_segments("a" * length, rule) for length in (160, 161, 306, 307)] == [1, 2, 2, 3]
    assert rule.signature == "[{}]"
    assert capabilities.segment_rule("US") == rule


def test_tencent_global_has_the_standard_rule_and_no_signature():
    assert GLOBAL.segment_rule("MY") == STANDARD
    assert STANDARD == SegmentRule(gsm=(160, 153), ucs2=(70, 67), signature=None)
