#!/usr/bin/env bash
# Nothing that a pipeline, a data file, a plugin or a command line holds acts on a terminal:  hostile.sh BUILD_DIR
# Runs every command on input full of escape sequences, C1 and other control characters, bytes that are not UTF-8 and marks of
# direction, and looks at each byte that comes out; on a terminal (a pseudo-terminal) at what is left when the program's own colours
# and movements of the cursor are taken away. What is JSON or SVG must also be read by a parser.
set -uo pipefail
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3
export PATH="$build/bin:$PATH" HOME="$work/home" ATOMLOOM_STORE="$work/store" LC_ALL=C.UTF-8 ATOMLOOM_PLUGIN_PATH="$build/tests/plugins"
unset XDG_CACHE_HOME
bad=0 tried=0

esc=$'\033' bell=$'\007'
attack="$esc]0;OWNED$bell$esc[2J"$'\r\x7f\xc2\x9b31m\xe2\x80\xaefdp.\xe2\x81\xa6\xe2\x80\xa8\xef\xbb\xbf'

# harmless FILE: says which bytes are not
harmless() {
  local found
  found=$(LC_ALL=C grep -n $'[\x01-\x08\x0b-\x1f\x7f]' "$1" | head -3; tr -d -c '\000' <"$1" | od -An -c)
  [ -z "$found" ] || { echo "control characters: $found" | cat -v; return 1; }
  iconv -f UTF-8 -t UTF-8 "$1" >iconv.out 2>&1 || { echo "bytes that are not UTF-8"; return 1; }
  ! grep -nP '[\x{80}-\x{9f}\x{61c}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{fffe}]' "$1" | cat -v
}
# try NAME ARGUMENT...: both streams, then both on a terminal
try() {
  local name=$1
  shift
  tried=$((tried + 1))
  "$@" >out 2>err </dev/null
  for part in out err; do
    harmless $part >why || { echo "bad: $name ($part): $(cat why)"; bad=1; }
  done
  case " $* " in
    *" --json "*) if command -v python3 >python.path; then
        python3 -c 'import json,sys
text = open("out", encoding="utf-8").read()
try: json.loads(text)
except ValueError: [json.loads(line) for line in text.split("\n") if line]' || { echo "bad: $name: no JSON"; bad=1; }
      fi ;;
  esac
  command -v script >script.path || return 0
  printf -v line '%q ' "$@"
  TERM=xterm script -qec "$line" typescript >script.out </dev/null
  # the program's own: colours, up, clear to the end, wrapping off and on; a terminal ends lines with \r\n
  sed -e '1d;$d' typescript | sed -E -e "s/$esc\[[0-9;]*m//g; s/$esc\[[0-9]*[AKJ]//g; s/$esc\[\?7[lh]//g" -e 's/\r+$//; s/^\r//' >terminal
  harmless terminal >why || { echo "bad: $name (on a terminal): $(cat why)"; bad=1; }
}

printf '%b' "a,b\n1,2\n" >"data$attack.txt"
cat >p.yaml <<END
atomloom: 1
title: "\e]0;OWNED\a\e[2J\x9b31m\u202E\u2028 <title>&"
description: "\e[2J"
axes: {minutes: {values: [0, 30], doc: "\e[2J", unit: "\e[31m"}}
vars: {word: {default: "\e]0;OWNED\a\u202E", doc: "\e[31m"}}
nodes:
  one: {op: test.hostile, over: minutes, doc: "\e[31m", params: {label: "\${word}"}}
  two: {op: test.hostile, in: {before: "one.table[minutes=0]"}, params: {label: "\e[31m<&>"}}
outputs: {words: one.table, two: two.table}
END
sed 's/label: "\\e\[31m<&>"/how: fail, label: "\\e[2J\\x9b"/' p.yaml >failing.yaml
sed 's/label: "\\e\[31m<&>"/how: crash/' p.yaml >crashing.yaml
try plan atomloom plan p.yaml
try run atomloom run p.yaml
try run-json atomloom run p.yaml --json
try run-again atomloom run p.yaml
try run-json-again atomloom run p.yaml --json
try run-strict atomloom run p.yaml --strict
try sweep atomloom run p.yaml --sweep 'two.label=a,b'
try sweep-hostile atomloom run p.yaml --sweep "two.label=a,$attack"
try plan-again atomloom plan p.yaml
try plan-json atomloom plan p.yaml --json
try plan-explain atomloom plan p.yaml --set "two.label=$attack" --explain two
try failing atomloom run failing.yaml
try failing-json atomloom run failing.yaml --json
try crashing atomloom run crashing.yaml
try log atomloom log failing.yaml two
try log-one atomloom log p.yaml one
try show atomloom show p.yaml
try show-one atomloom show p.yaml two
try show-json atomloom show p.yaml two --json
try show-unknown atomloom show p.yaml "$attack"
try get atomloom get p.yaml two -o "x$attack.csv"
try get-h5 atomloom get p.yaml two -o two.h5
try show-h5 atomloom show two.h5
try show-unreadable atomloom show "$attack.h5"
try get-unknown atomloom get p.yaml two -o "x.$attack"
try why atomloom why p.yaml two
try cite atomloom cite p.yaml
try crate atomloom crate p.yaml -o "crate$attack"
try cache-ls atomloom cache ls --contents
try cache-ls-json atomloom cache ls --json
try cache-stats atomloom cache stats
try cache-verify atomloom cache verify
try cache-rm atomloom cache rm "$attack"
try ops atomloom ops
try ops-json atomloom ops --json
try ops-filter atomloom ops "$attack"
try describe atomloom describe test.hostile
try describe-json atomloom describe test.hostile --json
try describe-unknown atomloom describe "$attack"
# a sanitizer reports on the standard error of the child that tries a plugin: what the plugin prints there is not caught then
sanitized=$(sed -n 's/^ATOMLOOM_SANITIZE:[A-Z]*=//p' "$build/CMakeCache.txt")
[ -n "$sanitized" ] || {
try check-plugin atomloom check-plugin "$build/tests/plugins/hostile.so"
try check-plugin-brief atomloom check-plugin --brief "$build/tests/plugins/hostile.so"
}
try doctor atomloom doctor
try schema atomloom schema
try new atomloom new op "$attack"
try help atomloom help "$attack"
try command atomloom "$attack"
try option atomloom run "--$attack=x"
try operand atomloom plan "no$attack.yaml"
try store atomloom plan p.yaml --store "$work/store$attack"
try plugin-dir atomloom plan p.yaml --plugin-dir "$attack"
try svg atomloom graph p.yaml --svg
cp out p.svg
try dot atomloom graph p.yaml --dot
try mermaid atomloom graph p.yaml --mermaid
try markdown atomloom describe --markdown --output pages
cat pages/*.md >page
harmless page >why || { echo "bad: a page: $(cat why)"; bad=1; }
if command -v python3 >python.path; then
  python3 -c 'import xml.dom.minidom as x; d = x.parse("p.svg"); assert "\\x1b]0;OWNED" in d.getElementsByTagName("title")[0].firstChild.data' || { echo "bad: no SVG"; bad=1; }
fi

# pipelines that are wrong in every line
cat >wrong.yaml <<END
atomloom: 1
title: ["\e[2J"]
"\e[31mkey": 1
axes: {minutes: ["\e[31m", 30], "m\e[2J": [1]}
vars: {"v\e[2J": 1, word: {default: "\e[2J", choices: ["\e[31m"], "\e[2J": 3}}
nodes:
  "n\e[2J": {op: test.number}
  a: {op: "\e[2J\u202E"}
  b: {op: test.number, params: {"\e[2J": 1, value: "\e[2J", file: "\e[2J\x9b"}}
  c: {op: test.sum, in: {"\e[2J": x.y, terms: "\e[2J"}}
  d: {op: test.sum, in: {terms: "b.\e[2J"}}
  e: {op: test.sum, in: {terms: "b.number[\e[2J]"}}
  f: {use: "\e[2J"}
  g: {op: test.number, over: "\e[2J", "\e[2J": 1, resources: {"\e[2J": 1, memory: "\e[2J", time: "\e[2J"}}
outputs: {"o\e[2J": b.number, p: "\e[2J.x"}
report: ["\e[2J"]
END
try wrong atomloom plan wrong.yaml
printf 'atomloom: 1\ntitle: "\xe2\x80\xaex"\nnodes:\n  a: {op: test.number} %b\n' "$attack" >syntax.yaml
try syntax atomloom plan syntax.yaml
printf 'atomloom: 1\nnodes:\n  a: {op: test.number, doc: \xff%b}\n' "$attack" >bytes.yaml
try bytes atomloom plan bytes.yaml
printf 'atomloom: 1\nnodes:\n  a: {op: test.number, doc: "\xe2\x80\xae"\n' >unclosed.yaml
try unclosed atomloom plan unclosed.yaml
printf 'atomloom: 1\r\nnodes:\r\n  a: {op: test.nunber, params: {value: \xc2\x9b}}\r\n' >carriage.yaml
try carriage atomloom plan carriage.yaml
try set atomloom plan p.yaml --set "two.label$attack=1" --set "$attack=2" --var "$attack=1" --sweep "$attack=1,2"
[ $bad = 0 ] && echo "$tried commands, nothing that acts on a terminal"
exit $bad
