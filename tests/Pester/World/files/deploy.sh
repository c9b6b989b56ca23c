#!/bin/sh
echo deployed > deployed.txt
