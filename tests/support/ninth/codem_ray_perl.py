"""Perl, added to codem_ray by another package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codem_ray.languages.spec import (
    Installation,
    Invocation,
    LanguageSpec,
    ProcessLayout,
    Samples,
    Unit,
)
from codem_ray.languages.toolchain import find_tool, readable_root

# The answer is compiled before the secret is declared, so that it cannot name the secret.
_MAIN = r"""
sub codem_load { my $codem_text = shift; return eval "package main; sub { $codem_text\n}" }
sub codem_read {
    open(my $file, '<', shift) or die; local $/; my $text = <$file>; close $file; return $text;
}
my ($secret, $checks) = ('', 0);
open(my $from, '<&=', 3) or die; sysread($from, $secret, 256); close $from;
open(my $report, '>&=', 4) or die;
my $end = sub {
    my ($status, $message) = @_; $message =~ s/\s+/ /g;
    syswrite($report, "$secret $status $checks " . substr($message, 0, 1000)); exit 0;
};
my $answer = codem_load(codem_read('answer.pl'));
$end->('compile', $@) unless $answer;
eval { $answer->(); 1 } or $end->('error', $@);
{
    no warnings 'redefine';
    *main::ok = sub { $checks++; die "check failed\n" unless $_[0] };
}
eval codem_read('tests.pl') . "\n;1" or $end->($@ eq "check failed\n" ? 'failed' : 'error', $@);
$end->('ok', '');
"""


def assemble(unit: Unit) -> Mapping[str, str]:
    """Return three files; `tests` calls ok(CONDITION) for each check."""
    return {
        "main.pl": _MAIN,
        "answer.pl": f"{unit.problem.context}\n{unit.answer}",
        "tests.pl": unit.problem.tests,
    }


def run(unit: Unit, harness: Path) -> Invocation:
    """Return the call of Perl, which runs in the folder of these files."""
    perl = find_tool("perl")
    return Invocation(
        argv=(str(perl), "main.pl"),
        env={"LC_ALL": "C.UTF-8", "PERL_HASH_SEED": "0"},
        readable=readable_root(perl),
    )


LANGUAGE = LanguageSpec(
    name="perl",
    title="Perl",
    aliases=("pl",),
    tools=("perl",),
    installation=Installation(debian=("perl",)),
    version_commands=(("perl", "-e", "print $^V"),),
    process_layout=ProcessLayout.ALONE,
    assemble=assemble,
    run=run,
    samples=Samples(
        tests="ok(double(2) == 4);\nok(double(-3) == -6);\n",
        passes="sub double {\n    my ($n) = @_;\n    return 2 * $n;\n}\n",
        fails="sub double {\n    my ($n) = @_;\n    return $n * $n;\n}\n",
        loops="sub double {\n    my ($n) = @_;\n    while (1) { $n++; }\n}\n",
        exits="sub double {\n    exit 0;\n}\n",
        does_not_compile="sub double {\n    my ($n = @_;\n    return 2 * $n;\n}\n",
    ),
    extension=".pl",
    fence_tags=("perl", "pl"),
    line_comment="#",
    block_comment=None,
    stop=("\nsub ", "\n#", "\nprint "),
)
