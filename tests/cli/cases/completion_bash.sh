# The script is sound, knows commands, options and op names.
atomloom completion bash >completion.bash && bash -n completion.bash || exit 9
source ./completion.bash
complete_line() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  _atomloom
  echo "${COMPREPLY[*]}"
}
complete_line atomloom desc
complete_line atomloom describe --ma
complete_line atomloom describe volume.thr
complete_line atomloom completion f
