from django.urls import path

from proxyapp.rest.models import ModelList

PATHS = ("v1/models", "openai/v1/models", "anthropic/v1/models", "v1beta/models")
urlpatterns = [path(address, ModelList.as_view()) for address in PATHS]
