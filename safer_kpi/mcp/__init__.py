"""The MCP server: what a lake or a release says, for programs that answer people in sentences. It reads only."""
