# Builds Go programs in the current folder: go_build.sh MODULE SHARING... -- ALONE...
#
# A program is a package in the folder of its name. Each of ALONE is a main package and becomes
# out/NAME. Those of SHARING that compile are linked into one executable, out/shared, which runs the
# program that the file `which` names; out/NAME.which is written for each of them.

build_shared() {
  {
    printf 'package main\nimport "os"\n'
    for unit; do printf 'import "%s/%s"\n' "$module" "$unit"; done
    printf 'func main() {\nname, _ := os.ReadFile("which")\nswitch string(name) {\n'
    for unit; do printf 'case "%s":\n%s.Run_codemharness()\n' "$unit" "$unit"; done
    printf '}\n}\n'
  } > shared/main.go
  go build -o out/shared ./shared && for unit; do printf %s "$unit" > "out/$unit.which"; done
}

# The cache is read-only. In a copy of links, what one call of go compiled serves the next one.
cp -rs "$GOCACHE" /tmp/cache
export GOCACHE=/tmp/cache

status=0
module=$1 sharing=
shift
while [ "$1" != -- ]; do sharing="$sharing $1"; shift; done
shift
if [ -n "$sharing" ] && ! errors=$(build_shared $sharing 2>&1); then
  status=1
  printf '%s\n' "$errors" >&2
  compiled=
  for unit in $sharing; do
    case "$errors
" in
      *"# $module/$unit
"*) ;;
      *) compiled="$compiled $unit" ;;
    esac
  done
  [ -z "$compiled" ] || [ "$compiled" = "$sharing" ] || build_shared $compiled > /dev/null 2>&1
fi
if [ $# -gt 0 ]; then
  for unit; do set -- "$@" "./$unit"; shift; done
  go build -o out/ -- "$@" || status=1
fi
exit $status
