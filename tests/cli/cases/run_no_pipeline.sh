# Files that are no pipelines.
printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR' >image.png
printf 'MATLAB 5.0 MAT-file, Platform: GLNXA64' >data.mat
printf '\x89HDF\r\n\x1a\n\0\0\0\0\0' >value.hdf5
printf '12\nPd and Ir\nPd 0 0 0\n' >atoms.xyz
printf '\xff\xfea\0t\0o\0m\0' >utf16.yaml
mkdir folder
for file in image.png data.mat value.hdf5 atoms.xyz utf16.yaml folder nothing.yaml; do
  atomloom run $file
  echo "exit $?"
done
