"""The autograder: releases exercises and grades submissions inside a sandbox."""
