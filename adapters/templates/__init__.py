"""What recruiters write: templates of e-mails and texts, checked before they run and rendered for one person."""

from adapters.templates.renderer import Renderer
from adapters.templates.safety import TemplateProblem
from adapters.templates.source import TemplateSource, load_templates

__all__ = ["Renderer", "TemplateProblem", "TemplateSource", "load_templates"]
