"""Stage train."""

from mlgit import report

from pipeline import train

if __name__ == "__main__":
    report.stage(train)
