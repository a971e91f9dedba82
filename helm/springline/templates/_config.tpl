{{/* Whether the service asks its clients who they are. */}}
{{- define "springline.credentials" -}}
{{- $auth := dig "springline" "auth" dict .Values.config -}}
{{- if or .Values.auth.existingSecret .Values.auth.jwt.issuerUri (get $auth "tokens") (get $auth "url-tokens")
      (dig "client-certificates" "enabled" false $auth) (dig "session-cookie" "enabled" false $auth)
      (dig "spring" "security" "oauth2" "resourceserver" "jwt" dict .Values.config) -}}
true
{{- end -}}
{{- end -}}

{{/* Whether anybody but the pod itself can connect: without credentials the service stays on loopback. */}}
{{- define "springline.open" -}}
{{- if or (include "springline.credentials" .) .Values.auth.allowAnonymous (dig "springline" "auth" "allow-anonymous" false .Values.config) -}}
true
{{- end -}}
{{- end -}}

{{- define "springline.allowedHosts" -}}
{{- $name := include "springline.fullname" . -}}
{{- $namespace := .Release.Namespace -}}
{{- $hosts := list "localhost" "127.0.0.1" "[::1]" $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc" $name $namespace) (printf "%s.%s.svc.cluster.local" $name $namespace) -}}
{{- if .Values.ingress.enabled }}{{ $hosts = concat $hosts .Values.ingress.hosts }}{{ end -}}
{{- if .Values.httpRoute.enabled }}{{ $hosts = concat $hosts .Values.httpRoute.hostnames }}{{ end -}}
{{- with include "springline.publicUrl" . }}{{ $hosts = append $hosts (urlParse .).hostname }}{{ end -}}
{{- concat $hosts .Values.allowedHosts | uniq | toJson -}}
{{- end -}}

{{/* What the chart computes; `config` is laid over it. */}}
{{- define "springline.computed" -}}
server:
  port: 8080
  {{- if and (include "springline.open" .) (not (include "springline.credentials" .)) }}
  address: 0.0.0.0
  {{- end }}
  {{- if .Values.tls.existingSecret }}
  ssl:
    bundle: server
  {{- end }}
management:
  server:
    port: 9090
    {{- if .Values.tls.existingSecret }}
    ssl:
      enabled: false
    {{- end }}
spring:
  lifecycle:
    timeout-per-shutdown-phase: {{ add .Values.drain.timeoutSeconds 5 }}s
  {{- $imports := list }}
  {{- if .Values.auth.existingSecret }}{{ $imports = append $imports "file:/etc/springline/tokens/tokens.yml" }}{{ end }}
  {{- if .Values.redis.existingSecret }}{{ $imports = append $imports "configtree:/etc/springline/redis/" }}{{ end }}
  {{- with $imports }}
  config:
    import: {{ toJson . }}
  {{- end }}
  {{- if .Values.auth.jwt.issuerUri }}
  security:
    oauth2:
      resourceserver:
        jwt:
          issuer-uri: {{ .Values.auth.jwt.issuerUri | quote }}
          audiences: {{ .Values.auth.jwt.audiences | toJson }}
  {{- end }}
  {{- with .Values.redis.url }}
  data:
    redis:
      url: {{ . | quote }}
  {{- end }}
  {{- if .Values.tls.existingSecret }}
  ssl:
    bundle:
      pem:
        server:
          reload-on-update: true
          keystore:
            certificate: file:/etc/springline/tls/tls.crt
            private-key: file:/etc/springline/tls/tls.key
            verify-keys: true
  {{- end }}
springline:
  websocket:
    path: /mcp
    max-connections: 10000
    allowed-hosts: {{ include "springline.allowedHosts" . }}
    {{- with .Values.allowedOrigins }}
    allowed-origins: {{ toJson . }}
    {{- end }}
    {{- with .Values.trustedProxies }}
    trusted-proxies: {{ toJson . }}
    {{- end }}
  {{- $publicUrl := include "springline.publicUrl" . }}
  {{- if or $publicUrl .Values.auth.allowAnonymous }}
  auth:
    {{- with $publicUrl }}
    public-url: {{ . | quote }}
    {{- end }}
    {{- if .Values.auth.allowAnonymous }}
    allow-anonymous: true
    {{- end }}
  {{- end }}
  drain:
    delay: {{ .Values.drain.delaySeconds }}s
    timeout: {{ .Values.drain.timeoutSeconds }}s
  {{- if .Values.redis.enabled }}
  cluster:
    redis:
      enabled: true
  {{- end }}
  {{- if or .Values.upstreams .Values.mcpServers }}
  relay:
    {{- if .Values.mcpServers }}
    config-file: /etc/springline/mcp.json
    {{- end }}
    {{- with .Values.upstreams }}
    upstreams:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end -}}

{{- define "springline.config" -}}
{{- $computed := include "springline.computed" . | fromYaml -}}
{{- mustMergeOverwrite $computed (deepCopy .Values.config) | toYaml -}}
{{- end -}}

{{/* What applies only after a restart: the service applies the rest while it runs. */}}
{{- define "springline.configForRestart" -}}
{{- $config := include "springline.config" . | fromYaml -}}
{{- $springline := get $config "springline" -}}
{{- if dig "reload" "watch" true $springline -}}
{{- range list "relay" "endpoints" }}{{ $_ := unset $springline . }}{{ end -}}
{{- with get $springline "auth" }}{{ $auth := . }}{{ range list "tokens" "rules" }}{{ $_ := unset $auth . }}{{ end }}{{ end -}}
{{- else -}}
{{- $_ := set $config "mcpServers" .Values.mcpServers -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The URLs of HTTP upstreams and of the issuer: those whose port is known, and those whose host or port is a placeholder. */}}
{{- define "springline.egressUrls" -}}
{{- $urls := list -}}
{{- range .Values.upstreams }}{{ with .url }}{{ $urls = append $urls . }}{{ end }}{{ end -}}
{{- range .Values.mcpServers -}}
{{- $transport := ternary .transport dict (kindIs "map" .transport) -}}
{{- with coalesce .httpUrl .serverUrl .url .uri $transport.url }}{{ $urls = append $urls . }}{{ end -}}
{{- end -}}
{{- with .Values.auth.jwt.issuerUri }}{{ $urls = append $urls . }}{{ end -}}
{{- $known := list -}}
{{- $placeholders := list -}}
{{- range $urls -}}
{{- if regexMatch "^([a-z]+://)?[^/?#]*[$][{]" . }}{{ $placeholders = append $placeholders . }}{{ else }}{{ $known = append $known . }}{{ end -}}
{{- end -}}
{{- dict "known" $known "placeholders" $placeholders | toJson -}}
{{- end -}}

{{/* The ports that the network policy lets out. */}}
{{- define "springline.egressPorts" -}}
{{- $ports := list -}}
{{- range (include "springline.egressUrls" . | fromJson).known }}
{{- $url := urlParse . -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) -}}
{{- $ports = append $ports (int (default (ternary "443" "80" (eq $url.scheme "https")) $port)) -}}
{{- end -}}
{{- dict "ports" ($ports | uniq) | toJson -}}
{{- end -}}
