{{/* Checks what the schema of the values cannot express. Each message names the value and what is allowed. */}}
{{- define "springline.validate" -}}
{{- $v := .Values -}}
{{- if and (include "springline.replicated" .) (not $v.redis.enabled) (not $v.allowReplicasWithoutRedis) -}}
{{- fail "\nreplicaCount, autoscaling.maxReplicas: more than one pod needs redis.enabled=true, since a client that reconnects to another pod would lose its session. If that is acceptable, set allowReplicasWithoutRedis=true." -}}
{{- end -}}
{{- if lt (int (include "springline.grace" .)) (int (include "springline.neededGrace" .)) -}}
{{- fail (printf "\nterminationGracePeriodSeconds: must be at least drain.preStopSeconds + drain.timeoutSeconds + 10, or null. It is %s and must be at least %s." (include "springline.grace" .) (include "springline.neededGrace" .)) -}}
{{- end -}}
{{- if ge (int $v.drain.delaySeconds) (int $v.drain.timeoutSeconds) -}}
{{- fail (printf "\ndrain.delaySeconds: must be less than drain.timeoutSeconds, but %d is not less than %d." (int $v.drain.delaySeconds) (int $v.drain.timeoutSeconds)) -}}
{{- end -}}
{{- if or (hasKey (dig "springline" "drain" dict $v.config) "timeout") (hasKey (dig "springline" "drain" dict $v.config) "delay") -}}
{{- fail "\nconfig.springline.drain: set drain.timeoutSeconds and drain.delaySeconds instead; the grace period of the pod is computed from them." -}}
{{- end -}}
{{- if or (dig "management" "server" "port" "" $v.config) (dig "server" "port" "" $v.config) -}}
{{- fail "\nconfig.server.port, config.management.server.port: the pods listen on 8080 and 9090; set service.port or managementService.port instead." -}}
{{- end -}}
{{- if $v.autoscaling.enabled -}}
{{- if gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas) -}}
{{- fail (printf "\nautoscaling.minReplicas: %d is more than autoscaling.maxReplicas, %d." (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if not (or $v.autoscaling.targetCPU $v.autoscaling.connections.target) -}}
{{- fail "\nautoscaling: set targetCPU or connections.target." -}}
{{- end -}}
{{- if lt (int (dig "scaleDown" "stabilizationWindowSeconds" 300 $v.autoscaling.behavior)) (int (include "springline.grace" .)) -}}
{{- fail (printf "\nautoscaling.behavior.scaleDown.stabilizationWindowSeconds: must be at least %s, the seconds that a pod may take to drain." (include "springline.grace" .)) -}}
{{- end -}}
{{- end -}}
{{- if and $v.podDisruptionBudget.enabled (include "springline.replicated" .) -}}
{{- if eq (kindIs "invalid" $v.podDisruptionBudget.minAvailable) (kindIs "invalid" $v.podDisruptionBudget.maxUnavailable) -}}
{{- fail "\npodDisruptionBudget: set either minAvailable or maxUnavailable, and the other one to null." -}}
{{- end -}}
{{- end -}}
{{- if and (or $v.ingress.enabled $v.httpRoute.enabled (ne $v.service.type "ClusterIP")) (not (include "springline.open" .)) -}}
{{- fail "\ningress, httpRoute, service.type: no client could connect, since the pods listen on loopback only while no credentials are configured. Set auth.existingSecret or auth.jwt.issuerUri, or auth.allowAnonymous=true to let everybody connect." -}}
{{- end -}}
{{- if and $v.auth.jwt.issuerUri (not $v.auth.jwt.audiences) -}}
{{- fail "\nauth.jwt.audiences: required with auth.jwt.issuerUri, since otherwise tokens that the issuer has issued for other services would be accepted." -}}
{{- end -}}
{{- if and $v.serviceMonitor.enabled (include "springline.credentials" .) (not $v.serviceMonitor.existingSecret) -}}
{{- fail "\nserviceMonitor.existingSecret: required if credentials are configured, since otherwise Prometheus would be answered with 401. Set it to the name of a Secret with a bearer token whose principal has the role metrics." -}}
{{- end -}}
{{- if and $v.networkPolicy.enabled (not $v.networkPolicy.extraEgress) -}}
{{- range (include "springline.egressUrls" . | fromJson).placeholders -}}
{{- fail (printf "\nnetworkPolicy.extraEgress: required for the URL %s, since its port is not known here. Set it to the ports to which pods may connect." .) -}}
{{- end -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
{{- fail "\ningress.hosts: required with ingress.enabled." -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not (and $v.httpRoute.parentRefs $v.httpRoute.hostnames)) -}}
{{- fail "\nhttpRoute.parentRefs, httpRoute.hostnames: both are required with httpRoute.enabled." -}}
{{- end -}}
{{- if $v.redis.enabled -}}
{{- if and $v.redis.url $v.redis.existingSecret -}}
{{- fail "\nredis: set either url or existingSecret, not both." -}}
{{- end -}}
{{- if not (or $v.redis.url $v.redis.existingSecret (dig "spring" "data" "redis" dict $v.config)) -}}
{{- fail "\nredis: with redis.enabled, set url or existingSecret; or config.spring.data.redis for Redis Sentinel or Redis Cluster." -}}
{{- end -}}
{{- else if or $v.redis.url $v.redis.existingSecret -}}
{{- fail "\nredis.enabled: is false, although redis.url or redis.existingSecret is set. Set it to true, or remove them." -}}
{{- end -}}
{{- if contains "@" $v.redis.url -}}
{{- fail "\nredis.url: contains a password, which everybody who reads the ConfigMap would see. Put the whole URL into a Secret, and set redis.existingSecret to the name of the Secret." -}}
{{- end -}}
{{- if not (or $v.image.variant $v.image.tag $v.image.digest) -}}
{{- range $name, $server := merge (dict) $v.upstreams $v.mcpServers -}}
{{- if has (default "" $server.command) (list "npx" "npm" "node") -}}
{{- fail (printf "\nimage.variant: upstream %s starts %s, which the plain image does not contain. Set image.variant=node." $name $server.command) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
