{{- define "springline.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 52 characters, for the longest suffix is "-management". */}}
{{- define "springline.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "springline.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "springline.selectorLabels" -}}
app.kubernetes.io/name: {{ include "springline.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "springline.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "springline.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "springline.serviceAccountName" -}}
{{- default (ternary (include "springline.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "springline.image" -}}
{{- $image := .Values.image -}}
{{- $registry := default $image.registry .Values.global.imageRegistry -}}
{{- with $registry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest -}}
@{{ $image.digest }}
{{- else if $image.tag -}}
:{{ $image.tag }}
{{- else -}}
:{{ .Chart.AppVersion }}{{ with $image.variant }}-{{ . }}{{ end }}
{{- end -}}
{{- end -}}

{{- define "springline.imagePullSecrets" -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets | uniq }}
- name: {{ . }}
{{- end }}
{{- end -}}

{{/* Whether there may be more than one pod. */}}
{{- define "springline.replicated" -}}
{{- if .Values.autoscaling.enabled -}}
{{- if gt (int .Values.autoscaling.maxReplicas) 1 }}true{{ end -}}
{{- else if gt (int .Values.replicaCount) 1 -}}
true
{{- end -}}
{{- end -}}

{{/* The seconds that a pod may take to end. */}}
{{- define "springline.neededGrace" -}}
{{- add .Values.drain.preStopSeconds .Values.drain.timeoutSeconds 10 -}}
{{- end -}}

{{- define "springline.grace" -}}
{{- if kindIs "invalid" .Values.terminationGracePeriodSeconds -}}
{{- include "springline.neededGrace" . -}}
{{- else -}}
{{- int .Values.terminationGracePeriodSeconds -}}
{{- end -}}
{{- end -}}

{{/* What outsiders may be sent to: the endpoint, what is below it, what clients look for under /.well-known, and the pages on which users consent. */}}
{{- define "springline.paths" -}}
{{- $springline := (include "springline.config" . | fromYaml).springline -}}
{{- $paths := list $springline.websocket.path "/.well-known" -}}
{{- range dig "relay" "upstreams" dict $springline -}}
{{- if eq "authorization-code" (dig "auth" "type" "" .) }}{{ $paths = append $paths "/springline/consent" }}{{ end -}}
{{- end -}}
{{- $paths | uniq | toJson -}}
{{- end -}}

{{- define "springline.publicUrl" -}}
{{- if .Values.publicUrl -}}
{{- .Values.publicUrl -}}
{{- else if and .Values.ingress.enabled .Values.ingress.hosts -}}
{{- ternary "https" "http" (not (empty .Values.ingress.tls)) }}://{{ first .Values.ingress.hosts -}}
{{- else if and .Values.httpRoute.enabled .Values.httpRoute.hostnames -}}
{{- ternary "https" "http" .Values.httpRoute.https }}://{{ first .Values.httpRoute.hostnames -}}
{{- end -}}
{{- end -}}

{{/* The URL of the Service, from inside the cluster. */}}
{{- define "springline.serviceUrl" -}}
{{- $config := include "springline.config" . | fromYaml -}}
{{- ternary "wss" "ws" (not (empty .Values.tls.existingSecret)) }}://{{ include "springline.fullname" . }}.{{ .Release.Namespace }}.svc:{{ .Values.service.port }}{{ $config.springline.websocket.path -}}
{{- end -}}
