"""The second reference: what Django REST framework's tutorial builds."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated

from bench.models import Job


class JobSerializer(serializers.ModelSerializer):
    class Meta:
        model = Job
        exclude = ["owner"]
        read_only_fields = ["id", "state"]


class Mine:
    serializer_class = JobSerializer
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]
    request: Any

    def get_queryset(self) -> QuerySet[Job]:
        return Job.objects.filter(owner=self.request.user.pk)


class Submit(Mine, generics.CreateAPIView):
    def perform_create(self, serializer: serializers.BaseSerializer) -> None:
        serializer.save(owner=self.request.user.pk)


class Poll(Mine, generics.RetrieveAPIView):
    pass
