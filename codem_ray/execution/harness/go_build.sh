# Builds Go programs in the current folder: go_build.sh MODULE SHARING... -- ALONE...
#
# Each program is a package in the folder of its name. Each of ALONE is a main package and becomes
# out/NAME. Those of SHARING that compile are linked into one executable, out/shared, which runs the
# program that the file `which` names; out/NAME.which is written for each of them.
#
# A message can quote lines of an answer that look like a message about another program. Therefore
# only messages about a program begin with its name on standard error; other lines are indented.

# indent NAME: indents each line of go's messages unless it begins with the name of the package that
# the message is about. That is NAME until a header names another package. No answer contains the
# module's name, so none can forge a header.
indent() {
  about=$1
  while IFS= read -r line; do
    case $line in
      "# $module/"*) about=${line#"# $module/"} ;;
      "$about"/*) printf '%s\n' "$line" ;;
      *) printf ' %s\n' "$line" ;;
    esac
  done
}

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

# The cache is read-only. With a copy that consists of links, each call of go can reuse the packages
# that earlier calls compiled.
cp -rs "$GOCACHE" /tmp/cache
export GOCACHE=/tmp/cache

status=0
module=$1 sharing=
shift
while [ "$1" != -- ]; do sharing="$sharing $1"; shift; done
shift
if [ -n "$sharing" ] && ! errors=$(build_shared $sharing 2>&1); then
  status=1
  printf '%s\n' "$errors" | indent shared >&2
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
for unit; do
  # Each in a call of its own, because messages about imports have no header.
  go build -o out/ "./$unit" 2>&1 | indent "$unit" >&2
  [ -s "out/$unit" ] || status=1
done
exit $status
