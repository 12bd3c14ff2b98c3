% @id@ - every voxel times a factor. Replace this line, and what follows, with your method.
call = loom_call();
volume = loom_read(call, "volume");
% what the op does not change is written as it was: voxel size, origin, what else there is
volume.arrays.density = single(volume.arrays.density) * single(call.params.factor);
loom_write(call, "volume", volume);
