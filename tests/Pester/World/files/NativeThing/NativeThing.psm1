# Stands for a module with a native library.
