"""The report for the panels of CI: a case for each change, one that the gate refuses is a failure."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from dbaas_components.diff.compare import Change
from dbaas_components.diff.report.escaping import value_text, visible
from dbaas_components.diff.report.model import Report
from dbaas_components.diff.report.sentences import happens, owner_words

# XML 1.0 has no way to write these, escaped neither.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """The report as JUnit XML."""
    refused = {id(one) for one in report.refused}
    problems = [*(report.engine.refusals if report.engine is not None else ()), *report.problems]
    failures = len(report.refused) + len(problems)
    count = len(report.shown) + len(problems) + bool(report.failure)
    suite = ElementTree.Element(
        "testsuite",
        name=_text(f"dbaas diff {report.stack}"),
        tests=str(count),
        failures=str(failures),
        errors=str(int(bool(report.failure))),
    )
    for change in report.shown:
        tenant, database = owner_words(change.owner)
        name = f"{change.effect.words}: {change.word} {change.path or change.object_name}"
        case = ElementTree.SubElement(suite, "testcase", classname=_text(f"{tenant}.{database}"), name=_text(name))
        if id(change) in refused:
            failure = ElementTree.SubElement(case, "failure", type=change.effect.slug, message=_text(happens(change)))
            failure.text = _values(change)
        else:
            ElementTree.SubElement(case, "system-out").text = f"{_values(change)}\n{_text(happens(change))}"
    for problem in problems:
        case = ElementTree.SubElement(suite, "testcase", classname="gate", name=_text(problem))
        ElementTree.SubElement(case, "failure", type="gate", message=_text(problem))
    if report.failure:
        case = ElementTree.SubElement(suite, "testcase", classname="gate", name="not compared")
        error = ElementTree.SubElement(case, "error", type="failure", message=_text(report.failure.splitlines()[0]))
        error.text = "\n".join(_text(line) for line in report.failure.splitlines())
    if report.remarks:
        ElementTree.SubElement(suite, "system-out").text = "\n".join(_text(one) for one in report.remarks)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _values(change: Change) -> str:
    return _text(f"{value_text(change.old)} -> {value_text(change.new)}")


def _text(text: str) -> str:
    return _FORBIDDEN.sub("?", visible(text, 600))
