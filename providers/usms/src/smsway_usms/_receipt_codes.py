"""Why a text did not arrive, as USMS and the carriers behind it say in ReceiptCode and ReceiptDesc: a hint."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smsway.provider import Reason

# Words that the descriptions of docs.ucloud.cn/usms/api_docs/error_code/receipt_code are made of (2,611 rows, read in
# August 2026; mainland China only, no list for other countries is published).
_WORDS: Mapping[Reason, tuple[str, ...]] = MappingProxyType(
    {
        Reason.BLOCKED_RECIPIENT: ("黑名单", "防骚扰", "black list", "blacklist"),
        Reason.RECIPIENT_RATE_LIMITED: ("频率", "频次", "频繁", "超频拦截", "发送超限", "次数超出"),
        Reason.UNREACHABLE_RECIPIENT: (
            "关机",
            "停机",
            "不在服务区",
            "内存满",
            "无法接通",
            "挂起",
            "终端",
            "超过期",
            "超过有效期",
            "消息过期",
        ),
        Reason.INVALID_RECIPIENT: ("空号", "号码不存在", "号码错误", "号码不正确"),
        Reason.SIGNATURE_REFUSED: ("签名",),
        Reason.TEMPLATE_REFUSED: ("模板", "模版"),
        Reason.INVALID_CONTENT: ("敏感词", "屏蔽词", "关键词", "关键字", "违禁", "违规", "诈骗"),
    }
)

# The codes of the same page whose rows, of all carriers that have them, speak of this cause and of no other. Bare
# numbers are not among them, for each carrier counts its own. MSBLACK is from the page of the push
# (docs.ucloud.cn/usms/api_docs/ret_message/retStatus).
_CODES: Final = {
    Reason.BLOCKED_RECIPIENT: """
        black blackmb bwlist bwlist:006 bwlist_006 bwlists cj:0005 cl26:-13 cl32resp:11011 cmpp20err:9 db00144 db:00144
        db:0141 db:0144 db:0145 db:0146 db:0164 db:black dbblack di:9403 e-black e:black etos:402 f1120 hd:0001
        hd:19 hd:29 higrisk id:0069 id:0096 id:0097 id:0141 jl:0013 jl:0026 jl:0028 lt:0005 lt:0015 lt:0017
        lt:0020 lt:0022 lt:0044 lt:0046 lt:0048 lt:0055 lt:0057 lt:0079 lt:0086 lt:0090 lt:0092 lt:0093 lt:0098
        lt:0117 m2:0045 ma:0001 ma:0022 ma:0023 ma:0027 ma:0028 ma:0029 mb:0022 mb:1076 mb:1077 mbblack mf:9403
        mh:19 mk:0007 mk:100d mlblack mn:0139 mo:bfail mobfail mobileblac mobileblack msblack mx:0007 mx:0009
        mx:0011 mx:0012 mx:0013 my:0001 rp:67 rp:86 s:1 s:3 sgip:34 sgip:69 sgip:86 sgip:89 sme1 sme19 spmserr:163
        spmserr:305 st1resp:19 st1resp:29 tc:0001 td:0001 td:19 tuiding w-black wz:9403 yb:9403 yx:0019 yx:8008
        yx:9403 zjlt:099
    """,
    Reason.RECIPIENT_RATE_LIMITED: "cmpp20err:20 di:0029 e:oddl gl:0000 sgip:182 sj:9441 sme20 spmserr:15 spmserr:150",
    Reason.UNREACHABLE_RECIPIENT: """
        cl26:1 db:0102 expired expired:010 expired:601 expired:602 expired:619 expired:640 expired:702 expired:760
        expired:999 expired_010 expired_601 expired_602 expired_619 expired_640 expired_660 expired_702
        expired_999 expireo ib:0064 id:0102 id:0310 lt:0002 lt:0010 lt:0011 lt:0024 lt:0027 lt:0059 ma:899 mb:1031
        mc:0001 mc:0055 mc:0055:000 mc:0055:006 mc:0055_00 mc:0055_000 mc:0055_006 mi00020 mi00022 mi0020 mi:0001
        mi:00020 mi:00022 mi:0013 mi:0015 mi:0024 mi:0029 mi:0044 mi:0050 mi:0051 mi:0053 mi:0068 mi:0075 mi:0080
        mi:0081 mi:0083 mi:0098 mi:xxxx mk00001 mk00011 mk:00001 mk:00011 mk:0005 mk:0010 mk:0012 mk:0017 mk:0024
        mk:0029 mk:0090 mk:0115 mk:0150 mn00013 mn0013 mn:00013 mn:0013 mn:0036 mn:0041 mn:0044 mn:0090 mn:0999
        mn:xxxx r:00002 r:00006 r:00009 r:00010 r:00011 r:00013 r:00015 r:00017 r:00019 r:00020 r:00022 r:00023
        r:00027 r:00035 r:00041 r:00044 r:00045 r:00048 r:00050 r:00051 r:00053 r:00054 r:00055 r:00056 r:00057
        r:00058 r:00059 r:00064 r:00067 r:00068 r:00069 r:00070 r:00072 r:00073 r:00075 r:00079 r:00083 r:00085
        r:00086 r:00088 r:00089 r:00090 r:00092 r:00093 r:00096 r:00098 r:00099 r:00102 r:00106 r:00124 r:00168
        r:00181 r:00182 r:00210 r:00213 r:00219 r:00230 r:00245 r:00253 r:00254 r:00602 r:00605 r:00612 r:00613
        r:00614 r:00615 r:00617 r:00619 r:00627 r:00634 r:00636 r:00650 r:00680 r:00701 r:00702 r:00704 r:00706
        r:00707 r:00708 r:00711 r:00713 r:00714 r:00718 r:00721 r:00726 r:00760 r:00761 r:00762 r:00763 r:00764
        r:00765 r:00771 r:00779 r:00802 r:00814 r:00815 r:00817 r:00827 r:00875 r:00899 r:00980 r:04442 rp:11
        rp:12 rp:15 rp:17 rp:182 rp:20 rp:22 rp:27 rp:5 rp:54 rp:55 rp:59 rp:92 sgip:-37 sgip:108 sgip:12 sgip:13
        sgip:15 sgip:17 sgip:20 sgip:24 sgip:25 sgip:26 sgip:27 sgip:28 sgip:31 sgip:32 sgip:36 sgip:37 sgip:4
        sgip:5 sgip:56 sgip:59 sgip:98 sme28 sme:13 smgp601 smgp602 smgp603 smgp614 smgp615 smgp628 smgp634
        smgp702 smgp703 smgp705 smgp713 smgp714 smgp728 smgp730 smgp801 smgp802 smgp815 smgperr:112 smgperr:113
        smgperr:114 smgperr:134 spmserr:102 spmserr:303 spmserr:307 spmserr:308 undeliv:001 undeliv:601
        undeliv:602 undeliv:613 undeliv:614 undeliv:619 undeliv:620 undeliv:627 undeliv:634 undeliv:636
        undeliv:640 undeliv:660 undeliv:680 undeliv:701 undeliv:702 undeliv:705 undeliv:711 undeliv:718
        undeliv:726 undeliv:771 undeliv:801 undeliv:802 undeliv:814 undeliv:815 undeliv:869 undeliv:880
        undeliv_001 undeliv_602 undeliv_613 undeliv_614 undeliv_619 undeliv_620 undeliv_627 undeliv_634
        undeliv_636 undeliv_660 undeliv_680 undeliv_701 undeliv_702 undeliv_711 undeliv_718 undeliv_726
        undeliv_771 undeliv_802 undeliv_814 undeliv_815 undeliv_869 undeliv_880 undelivrd
    """,
    Reason.INVALID_RECIPIENT: """
        db:0100 db:0101 db:0318 di:9501 en-num err:num err:num:006 err_num err_num_00 err_num_006 errnum ib:0009
        ib:0169 id:0100 id:0101 lt:0001 lt:0009 lt:0012 lt:0023 lt:0040 lt:0089 lt:0100 mi:0004 mi:0005 mi:0011
        mi:0017 mi:0020 mi:0054 mi:0055 mi:0059 mi:0084 mk:0001 mk:0075 mn:0000 mn:0012 mn:0022 mn:0029 mn:0050
        mn:0051 mn:0054 mn:0059 mw:0013 r:00000 r:00001 r:00008 r:00012 r:00024 r:00029 r:00033 r:00101 r:00104
        r:00110 r:00242 r:00255 r:00660 r:00869 r:04414 r:04701 rp:1 rp:23 sgip:1 sgip:33 sgip:67 smgp640 smgp840
        spmserr:10 spmserr:100 spmserr:101 spmserr:136 spmserr:166 ta:169 und:601 und:701 und:801 undeliv_64
        undeliv_640 unknown xl:169
    """,
    Reason.SIGNATURE_REFUSED: """
        ap:17 bsign cj:007 cl26:-35 cl:116 cmpp20err:12 cmpp20err:40 cmpp20err:42 db:0151 di:9429 di:9431 e:rptss
        e:sign expired_615 fail_si hd:23 jl:0022 jl:0023 mf:9027 mf:9429 mh:0009 mx:0001 my:2113 nosend
        rejectd_006 rejectd_706 s:6 sigfail signerr sys:008 te:0014 yx:8023 yx:9425 yx:9429 yx:9431 zd1resp:11
        zd1resp:111 zd1resp:40 zd1resp:401 zz:9020
    """,
    Reason.TEMPLATE_REFUSED: "di:9417 yx:9417",
    Reason.INVALID_CONTENT: """
        check cj:0007 cj:0008 cl:105 cl:106 cmpp20err:3 di:9415 di:9416 di:9422 di:9423 di:9427 e-401 gb:0013
        hd:22 httpresp:115 id:0318 jl:0014 jl:0024 jt:105 keyword lj:0000 lt:0061 m2:0042 ma:0006 mh:0007 mk:0022
        mk:0118 mm:0064 mx:0006 my:2107 sgip:50 sme210 sme50 sme:37 tc:0007 wz:9402 yb:9415 yx:1006 yx:8019
        yx:9422 z:-7 zz:9003
    """,
}

BY_CODE: Mapping[str, Reason] = MappingProxyType(
    {code: reason for reason, codes in _CODES.items() for code in codes.split()}
)
"""ReceiptCode in lower case and without spaces, which some have -> reason, for codes that have one meaning."""


def reason_of_receipt(code: str, description: str) -> Reason:
    """Return why a text did not arrive, by the description before the code; `CARRIER_FAILURE` if neither tells."""
    spelt = "".join(code.split()).casefold()
    return _told(description) or BY_CODE.get(spelt) or Reason.CARRIER_FAILURE


def _told(description: str) -> Reason | None:
    """Return the cause that *description* names; `None` if it names none, or several."""
    text = description.casefold()
    causes = {reason for reason, words in _WORDS.items() if any(word in text for word in words)}
    if Reason.UNREACHABLE_RECIPIENT in causes:
        # "Switched off, suspended or not in use" is no proof that there is no such number.
        causes.discard(Reason.INVALID_RECIPIENT)
    return causes.pop() if len(causes) == 1 else None
