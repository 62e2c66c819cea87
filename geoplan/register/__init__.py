"""The register of projects (重大项目库): what was planned, where, and what the law said."""
