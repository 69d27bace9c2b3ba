"""Compilers of our own, as scripts."""

TELLS_ITSELF = """\
if [ "$1" = -### ]; then
    # It is the compiler proper too; how it links it does not tell, and so is called for that.
    shift
    case "$*" in *" -S "*) echo " $0 $*" >&2; exit 0 ;; *) exit 1 ;; esac
fi
"""
"""What a script that stands for gcc's driver opens with."""
