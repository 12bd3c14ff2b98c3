#!/usr/bin/env bash
# The rules of the house, read off the link lines and the includes:  rules.sh SOURCE_DIR BINARY_DIR
set -uo pipefail
source_dir=$1 binary_dir=$2
broken=0
rule() { # rule TEXT FINDINGS
  [ -z "$2" ] && return
  printf 'broken: %s\n%s\n' "$1" "$2"
  broken=1
}
cd "$source_dir" || exit 1

rule "an op includes the SDK, the kit and outside libraries only" \
  "$(grep -rnE '#include "(\.\./|framework/|base/|store/|plugin/|pipeline/|run/|report/|check/|cli/)' plugins sdk --include='*.[ch]')"
rule "the framework includes nothing of a plugin" "$(grep -rnE '#include .*plugins/' framework --include='*.[ch]')"
rule "the framework names no op and nothing that ops compute" \
  "$(grep -rnwiE 'resire|sirt|voxels?|nanoparticles?|tilts?|atoms?|tomography|reconstruct(ion)?' framework --include='*.[ch]' | grep -v 'atomloom' )"

rule "everything that is printed goes through cli/print.c, which lets nothing act on a terminal" \
  "$(grep -rnE '(^|[^_a-z])((v?printf|puts|putchar|perror|psignal)\(|(v?fprintf|fputs|fputc|putc|fwrite)\(.*\b(stdout|stderr)\b|v?dprintf\((1|2|STD[A-Z]+_FILENO)\b)' framework --include='*.[ch]' | grep -v '^framework/cli/print\.c:')"

# cli -> report, run -> store, plugin, pipeline -> yaml -> base
arrows() { # arrows ROOM FORBIDDEN...
  local room=$1 found
  shift
  [ -d "framework/$room" ] || return
  found=$(grep -rnE "#include \"($(IFS='|'; echo "$*"))/" "framework/$room" --include='*.[ch]')
  rule "framework/$room includes no header of: $*" "$found"
}
arrows base yaml store plugin pipeline run report check cli
arrows yaml store plugin pipeline run report check cli
arrows store yaml plugin pipeline run report check cli
arrows plugin store pipeline run report check cli
arrows pipeline store run report check cli
arrows run report check cli
arrows check report cli
arrows report check cli

rule "the layout of a store is known in framework/store only" \
  "$(grep -rnE '"[^"]*%s/(runs|last|objects|actions|tmp|damaged|lock)\b' framework --include='*.[ch]' | grep -v '^framework/store/')"

rule "nothing is executed through a shell" \
  "$(grep -rnE '(^|[^_a-z])(system|popen|wordexp)\(' framework sdk plugins --include='*.[ch]' | grep -vE '^[^:]*:[0-9]+: *(\*|/\*)')"
rule "what is made for this user alone has no name that can be guessed: no tmpnam, tempnam, mktemp" \
  "$(grep -rnE '(^|[^_a-z])(tmpnam|tempnam|mktemp|tmpfile)\(' framework sdk plugins --include='*.[ch]')"

for so in "$binary_dir"/lib/atomloom/plugins/*.so; do
  id=$(basename "$so" .so)
  [ -f "plugins/${id%%.*}/${id#*.}.c" ] || rule "an op is found by its id: plugins/FAMILY/NAME.c" "$id"
  rule "a plugin exports the one symbol loom_plugin_v1: $id" "$(nm -D --defined-only "$so" | awk '$3 != "loom_plugin_v1" { print "  exports " $3 }')"
  rule "a plugin has no undefined symbol of ours: $id" "$(nm -D --undefined-only "$so" | awk '{ print $NF }' | grep -E '^(loom_|value_|store_|host_|error_|text_|params_|registry_)')"
  rule "a plugin does not link the framework: $id" "$(readelf -d "$so" | grep -i 'libatomloom')"
done

[ $broken = 0 ] && echo "the house stands"
exit $broken
