"""Runs commands in turn in a folder and prints what each took, as medians over the rounds.

usage: time.py FOLDER ROUNDS COMMAND...
"""

import os
import shlex
import statistics
import sys
import time


def run(command, folder):
    """Wall seconds, CPU seconds and peak memory in MiB of one process."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        words = shlex.split(command)
        os.execvp(words[0], words)
    _, _, usage = os.wait4(child, 0)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(folder, rounds, *commands):
    figures = {command: [] for command in commands}
    for number in range(int(rounds) + 1):
        for command in commands:
            result = run(command, folder)
            if number > 0:  # the first round warms the caches
                figures[command].append(result)
    print(f"{'wall s':>8} {'cpu s':>8} {'MiB':>8}  command")
    for command, results in figures.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*results))
        print(f"{wall:8.3f} {cpu:8.3f} {memory:8.1f}  {command}")


main(*sys.argv[1:])
