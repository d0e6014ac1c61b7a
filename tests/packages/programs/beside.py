"""Prints the artist after another copy of the library, named by the argument, was loaded into this process for all to use."""

import ctypes
import runpy
import sys

ctypes.CDLL(sys.argv[1], ctypes.RTLD_GLOBAL)
runpy.run_path(sys.argv[2], run_name="__main__")
