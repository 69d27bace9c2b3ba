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

# said NAME MESSAGE: say it so that no line seems to be about another program.
said() {
  while IFS= read -r line; do
    case $line in
      "$1"/* | ./"$1"/*) printf '%s\n' "$line" ;;
      *) printf ' %s\n' "$line" ;;
    esac
  done >&2 << END
$2
END
}

# refused NAME MESSAGE: say what the compiler said, unless go build knows better.
refused() {
  case $2 in
    *"could not import"* | *"can't find import"* | *go:embed*)
      text=$(build -o out/ -- "./$1" 2>&1) || said "$1" "$text" ;;
    *) said "$1" "$2" ;;
  esac
}

alone() {
  if ! text=$(package main "$1"); then
    refused "$1" "$text"
  elif ! text=$(link -o "out/$1" -importcfg "$cache/importcfg.link" "/tmp/$1.a"); then
    # It leaves an empty file. No program is named: what others left may have taken the room.
    rm -f "out/$1"
    said "" "cannot be linked: $text"
  fi
  : > "/tmp/$1.a"
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
elif together > /dev/null; then  # Where it fails, each says for itself what is wrong.
  for unit in $compiled; do printf %s "$unit" > "out/$unit.which"; done
else
  rm -f out/together /tmp/*.a
  for unit in $compiled; do alone "$unit"; done
fi
for unit in "$@"; do alone "$unit"; done
for unit in $names; do
  [ "$unit" = -- ] || [ -s "out/$unit" ] || [ -s "out/$unit.which" ] || exit 1
done
