from django.urls import path

from proxyapp.protocols.endpoints import MODELS
from proxyapp.rest.models import ModelDetail, ModelList

LISTS = [path(address.lstrip("/"), ModelList.as_view()) for address in MODELS]
DETAILS = [path(address.lstrip("/") + "/<path:name>", ModelDetail.as_view()) for address in MODELS]
urlpatterns = LISTS + DETAILS
