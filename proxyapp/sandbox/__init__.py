"""The sandbox provider: a scripted upstream that speaks every protocol of the gateway.

It plays a real provider for demonstrations, tests and benches. It runs as a process of its own
(``python -m proxyapp.sandbox --port N``), imports nothing else of the project and keeps no data.
The token function and the script grammar are in README.md beside this file.
"""
