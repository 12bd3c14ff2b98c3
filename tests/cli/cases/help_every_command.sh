# Every command explains itself, with an example, and the manual page holds them all.
atomloom help --man >man
commands=$(atomloom help | sed -nE 's/^  ([a-z-]+( [a-z]+)?)  +.*/\1/p')
[ -n "$commands" ] || exit 1
while read -r command; do
  atomloom $command --help >help || echo "no help: $command"
  grep -q '^Examples:' help || echo "no example: $command"
  atomloom help $command | cmp - help || echo "help differs: $command"
  grep -q "^.SS atomloom $(echo "$command" | sed 's/-/\\\\-/g')" man || echo "not in the manual page: $command"
done <<<"$commands"

# No option is there twice, and none is without a word of explanation.
while read -r command; do
  atomloom $command --help | sed -nE 's/^  (-(.), |    )--([a-z-]+).*/\3 \2/p' >options
  cut -d' ' -f1 options | sort | uniq -d | sed "s/^/twice in $command: /"
  cut -d' ' -f2 options | grep . | sort | uniq -d | sed "s/^/letter twice in $command: /"
done <<<"$commands"
