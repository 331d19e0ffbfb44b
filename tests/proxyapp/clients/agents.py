"""How the clients present themselves."""

CLAUDE_CODE = "claude-cli/2.1.329 (external, cli)"
CODEX = "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm-256color"
DROID = "factory-cli/0.225.2"
GEMINI_CLI = "GeminiCLI-tui/0.61.0/gemini-2.5-pro (linux; x64; terminal)"
