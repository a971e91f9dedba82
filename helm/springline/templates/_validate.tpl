{{/* What the values' schema cannot say. Each message names the value and what is allowed. */}}
{{- define "springline.validate" -}}
{{- $v := .Values -}}
{{- if and (include "springline.replicated" .) (not $v.redis.enabled) (not $v.allowReplicasWithoutRedis) -}}
{{- fail "\nreplicaCount, autoscaling.maxReplicas: more than one pod needs redis.enabled=true, without which a client that resumes on another pod has lost its session. allowReplicasWithoutRedis=true says that this is meant." -}}
{{- end -}}
{{- if lt (int (include "springline.grace" .)) (int (include "springline.neededGrace" .)) -}}
{{- fail (printf "\nterminationGracePeriodSeconds: %s is not enough, drain.preStopSeconds + drain.timeoutSeconds + 10 = %s or more is, or null." (include "springline.grace" .) (include "springline.neededGrace" .)) -}}
{{- end -}}
{{- if ge (int $v.drain.delaySeconds) (int $v.drain.timeoutSeconds) -}}
{{- fail (printf "\ndrain.delaySeconds: %d is not allowed, less than drain.timeoutSeconds, %d, is." (int $v.drain.delaySeconds) (int $v.drain.timeoutSeconds)) -}}
{{- end -}}
{{- if or (hasKey (dig "springline" "drain" dict $v.config) "timeout") (hasKey (dig "springline" "drain" dict $v.config) "delay") -}}
{{- fail "\nconfig.springline.drain: set drain.timeoutSeconds and drain.delaySeconds instead, which the pod's grace period is computed from." -}}
{{- end -}}
{{- if or (dig "management" "server" "port" "" $v.config) (dig "server" "port" "" $v.config) -}}
{{- fail "\nconfig.server.port, config.management.server.port: the pods listen on 8080 and 9090; set service.port or managementService.port instead." -}}
{{- end -}}
{{- if $v.autoscaling.enabled -}}
{{- if gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas) -}}
{{- fail (printf "\nautoscaling.minReplicas: %d is more than autoscaling.maxReplicas, %d." (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if not (or $v.autoscaling.targetCPU $v.autoscaling.connections.target) -}}
{{- fail "\nautoscaling: targetCPU or connections.target is needed." -}}
{{- end -}}
{{- if lt (int (dig "scaleDown" "stabilizationWindowSeconds" 300 $v.autoscaling.behavior)) (int (include "springline.grace" .)) -}}
{{- fail (printf "\nautoscaling.behavior.scaleDown.stabilizationWindowSeconds: less than the %s seconds that a pod takes to drain." (include "springline.grace" .)) -}}
{{- end -}}
{{- end -}}
{{- if and $v.podDisruptionBudget.enabled (include "springline.replicated" .) -}}
{{- if eq (kindIs "invalid" $v.podDisruptionBudget.minAvailable) (kindIs "invalid" $v.podDisruptionBudget.maxUnavailable) -}}
{{- fail "\npodDisruptionBudget: either minAvailable or maxUnavailable is needed, the other one null." -}}
{{- end -}}
{{- end -}}
{{- if and (or $v.ingress.enabled $v.httpRoute.enabled (ne $v.service.type "ClusterIP")) (not (include "springline.open" .)) -}}
{{- fail "\ningress, httpRoute, service.type: nobody could connect, for without credentials the service listens on loopback only. Set auth.existingSecret or auth.jwt.issuerUri, or auth.allowAnonymous=true to let everybody in." -}}
{{- end -}}
{{- if and $v.auth.jwt.issuerUri (not $v.auth.jwt.audiences) -}}
{{- fail "\nauth.jwt.audiences: needed with auth.jwt.issuerUri, or tokens for other services of the issuer would be good here." -}}
{{- end -}}
{{- if and $v.serviceMonitor.enabled (include "springline.credentials" .) (not $v.serviceMonitor.existingSecret) -}}
{{- fail "\nserviceMonitor.existingSecret: needed where credentials are configured, or Prometheus would be answered 401. It names a Secret with a bearer token whose principal has the role metrics." -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
{{- fail "\ningress.hosts: needed with ingress.enabled." -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not (and $v.httpRoute.parentRefs $v.httpRoute.hostnames)) -}}
{{- fail "\nhttpRoute.parentRefs, httpRoute.hostnames: needed with httpRoute.enabled." -}}
{{- end -}}
{{- if $v.redis.enabled -}}
{{- if and $v.redis.url $v.redis.existingSecret -}}
{{- fail "\nredis: either url or existingSecret, not both." -}}
{{- end -}}
{{- if not (or $v.redis.url $v.redis.existingSecret (dig "spring" "data" "redis" dict $v.config)) -}}
{{- fail "\nredis: url or existingSecret is needed with redis.enabled, or config.spring.data.redis for Sentinel and Cluster." -}}
{{- end -}}
{{- else if or $v.redis.url $v.redis.existingSecret -}}
{{- fail "\nredis.enabled: false, although redis.url or redis.existingSecret is set." -}}
{{- end -}}
{{- if contains "@" $v.redis.url -}}
{{- fail "\nredis.url: holds a password, and would be readable in a ConfigMap; put the whole URL in a Secret and name it in redis.existingSecret." -}}
{{- end -}}
{{- if not (or $v.image.variant $v.image.tag $v.image.digest) -}}
{{- range $name, $server := merge (dict) $v.upstreams $v.mcpServers -}}
{{- if has (default "" $server.command) (list "npx" "npm" "node") -}}
{{- fail (printf "\nimage.variant: upstream %s starts %s, which the plain image does not have; image.variant=node does." $name $server.command) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
