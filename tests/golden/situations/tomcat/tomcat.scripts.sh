#!/bin/sh
# 3.4 do 1: app.workload

cat > "$HOME/cce-migration/new/40-workload.yaml" <<'END_OF_FILE'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: library
  labels:
    app: library
  namespace: library
spec:
  replicas: 2
  selector:
    matchLabels:
      app: library
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
    type: RollingUpdate
  template:
    metadata:
      labels:
        app: library
    spec:
      automountServiceAccountToken: false
      containers:
      - name: library
        envFrom:
        - configMapRef:
            name: library-env
        - secretRef:
            name: library
        image: swr.example.com/city/library:2.3.1
        lifecycle:
          preStop:
            exec:
              command:
              - sleep
              - "5"
        livenessProbe:
          httpGet:
            path: /health
            port: http
          initialDelaySeconds: 60
          periodSeconds: 10
          timeoutSeconds: 3
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet:
            path: /health
            port: http
          periodSeconds: 5
          timeoutSeconds: 3
        resources:
          limits:
            cpu: "2"
            memory: 4Gi
          requests:
            cpu: "2"
            memory: 4Gi
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop:
            - ALL
        volumeMounts:
        - name: config
          mountPath: /usr/local/tomcat/conf/context.xml
          readOnly: true
          subPath: context.xml
        - name: storage-1
          mountPath: /data/scans
      imagePullSecrets:
      - name: default-secret
      securityContext:
        fsGroup: 10001
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile:
          type: RuntimeDefault
      volumes:
      - name: config
        configMap:
          name: library-config
      - name: storage-1
        persistentVolumeClaim:
          claimName: library-1
END_OF_FILE
