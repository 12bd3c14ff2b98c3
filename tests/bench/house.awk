# Reads C files as .clang-format lays them out. Prints one line for each: `file NAME LINES`, for each function of a .c file
# `function NAME:LINE LINES` (from the first line of its signature to its closing brace), for each prototype of a header
# `prototype NAME:LINE 0|1` (1: a comment stands above it with no empty line between, or on its own lines), `assert NAME COUNT`, and
# `wide NAME:LINE COLUMNS` for lines over 100 columns.
function ended() {
  if (name != "") {
    print "file", name, lines
    print "assert", name, asserts
  }
}
FNR == 1 {
  ended()
  name = FILENAME; lines = asserts = 0; signature = 0; inside = 0; covered = 0; begun = 0; in_comment = 0
  header = name ~ /\.h$/
}
{
  lines = FNR
  if (length($0) > 100) { # characters, also where awk counts bytes
    rest = $0
    columns = length($0) - gsub(/[\200-\277]/, "", rest)
    if (columns > 100) print "wide", name ":" FNR, columns
  }
  if ($0 ~ /(^|[^_a-zA-Z])(assert|LOOM_ASSERT_HOT)\(/) asserts++
}
header {
  comment = in_comment || $0 ~ /^ *\/\*/ || $0 ~ /^ *\/\//
  if ($0 ~ /\/\*/ && $0 !~ /\*\//) in_comment = 1
  if (in_comment && $0 ~ /\*\//) in_comment = 0
  if ($0 == "") covered = begun = 0
  else if (comment && !begun) covered = 1
  else if (!comment && $0 ~ /^[a-zA-Z_].*\(/ && $0 !~ /^(typedef|static|struct|enum|union|return|_Static_assert|extern "C"|#|LOOM_|else|if|for|while)/) {
    begun = FNR; own = 0
  }
  if (begun) {
    if ($0 ~ /\/\*/) own = 1
    if ($0 ~ /\);/) { print "prototype", name ":" begun, (covered || own) ? 1 : 0; begun = 0 }
    else if ($0 ~ /\{/) begun = 0
  }
}
!header {
  if ($0 ~ /^[a-zA-Z_]/ && $0 !~ /;$/ && !signature) signature = FNR
  else if ($0 == "" || $0 ~ /^#/ || $0 ~ /^\/\*/ || $0 ~ /^ \*/) signature = 0
  if ($0 == "{" && signature) inside = signature
  if ($0 == "}" && inside) { print "function", name ":" inside, FNR - inside + 1; inside = signature = 0 }
  else if ($0 ~ /^}/) signature = inside = 0
  else if ($0 ~ /^[a-zA-Z_].*[^ =] \{.*\}$/ && $0 ~ /\(/ && $0 !~ /=/) { print "function", name ":" FNR, 1; signature = 0 }
  else if ($0 ~ /;$/ && !inside) signature = 0
}
END { ended() }
