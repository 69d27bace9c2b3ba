# Compiles the programs named: those before "--" are linked into one, those behind it each alone.
# What only go build can decide, it decides. Sourced after $cache and compile, link and build, which
# call Go's tools.
#
# Each program that is made is out/NAME; one that is part of out/together has out/NAME.which in its
# place, whose text tells out/together which of them to be.

# package PATH NAME: compile a program as the package of that path.
package() {
  compile -p "$1" -o "/tmp/$2.a" -dwarf=false -c=1 -trimpath "/work/$2=>prog/$2" \
    -importcfg "$cache/importcfg.compile" "$2/answer.go" "$2/tests.go" "$2/zz_main.go"
}

# refused NAME MESSAGE: say what the compiler said, unless go build knows better.
refused() {
  case $2 in
    *"could not import"* | *"can't find import"* | *go:embed*) build -o out/ -- "./$1" ;;
    *) printf '%s\n' "$2" >&2 ;;
  esac
}

alone() {
  if ! text=$(package main "$1"); then
    refused "$1" "$text"
  elif ! text=$(link -o "out/$1" -importcfg "$cache/importcfg.link" "/tmp/$1.a"); then
    # It leaves an empty file. What it says names no source, and could be taken for another's.
    rm -f "out/$1"
    text=$(printf %s "$text" | tr '\n' ' ')
    printf '%s\n' "$1/answer.go:1:1: cannot be linked: $text" >&2
  fi
}

main_of_all() {
  printf 'package main\nimport "os"\n'
  for unit in $compiled; do printf 'import %s "prog/%s"\n' "$unit" "$unit"; done
  printf 'func main() {\nname, _ := os.ReadFile("which")\nswitch string(name) {\n'
  for unit in $compiled; do printf 'case "%s":\n%s.Run_codemharness()\n' "$unit" "$unit"; done
  printf '}\n}\n'
}

together() {
  main_of_all > /tmp/main.go
  for unit in $compiled; do printf 'packagefile prog/%s=/tmp/%s.a\n' "$unit" "$unit"; done \
    > /tmp/units
  cat "$cache/importcfg.compile" /tmp/units > /tmp/importcfg.compile
  cat "$cache/importcfg.link" /tmp/units > /tmp/importcfg.link
  compile -p main -o /tmp/together.a -importcfg /tmp/importcfg.compile /tmp/main.go &&
    link -o out/together -importcfg /tmp/importcfg.link /tmp/together.a
}

names=$*
compiled=
while [ "$1" != -- ]; do
  if text=$(package "prog/$1" "$1"); then compiled="$compiled $1"; else refused "$1" "$text"; fi
  shift
done
shift
if [ -z "$compiled" ]; then
  :
elif together > /tmp/said; then
  for unit in $compiled; do printf %s "$unit" > "out/$unit.which"; done
else
  rm -f out/together
  for unit in $compiled; do alone "$unit"; done
fi
for unit in "$@"; do alone "$unit"; done
for unit in $names; do
  [ "$unit" = -- ] || [ -f "out/$unit" ] || [ -f "out/$unit.which" ] || exit 1
done
