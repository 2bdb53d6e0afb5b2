package ftpd_test

import (
	"testing"

	"github.com/tfreach/tfreach/analyzer/host"
)

// TestMounted mounts files over those of containers that scripts, compose files and manifests run.
func TestMounted(t *testing.T) {
	const (
		open   = "echo anonymous_enable=YES > /opt/vsftpd.conf\n"
		run    = "docker run -d -p 21:21 "
		image  = "fauria/vsftpd:1\n"
		why    = "vsftpd anonymous ? what is mounted over the server's configuration isn't known "
		pod    = "kind: Deployment\nspec:\n  template:\n    spec:\n      volumes:\n      - name: conf\n        configMap: {name: ftp}\n      containers:\n      - image: example.com/vsftpd:1\n        volumeMounts:\n        - {name: conf, mountPath: /etc/vsftpd}\n"
		config = "kind: ConfigMap\nmetadata: {name: ftp}\ndata:\n  vsftpd.conf: |\n    anonymous_enable=YES\n"
	)
	readAll(t, host.Part{Kind: host.Script}, []readCase{
		{"nothing", run + image, "vsftpd anonymous false by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd"},
		{"a file that isn't here", run + "-v /opt/v.conf:/etc/vsftpd/vsftpd.conf " + image, why + "`" + run + "-v /opt/v.conf:/etc/vsftpd/vsftpd.conf " + "fauria/vsftpd:1`"},
		{"a file that is here", open + run + "-v /opt/vsftpd.conf:/etc/vsftpd/vsftpd.conf:ro " + image, "vsftpd anonymous true `" + run + "-v /opt/vsftpd.conf:/etc/vsftpd/vsftpd.conf:ro fauria/vsftpd:1`"},
		{"a directory", open + run + "--volume=/opt:/etc/vsftpd " + image, "vsftpd anonymous true `" + run + "--volume=/opt:/etc/vsftpd fauria/vsftpd:1`"},
		{"a directory without the file", "echo x > /opt/y\n" + run + "-v /opt:/etc/vsftpd " + image, why + "`" + run + "-v /opt:/etc/vsftpd " + "fauria/vsftpd:1`"},
		{"an option", run + "--mount type=bind,source=/opt,target=/etc/vsftpd " + image, why + "`" + run + "--mount type=bind,source=/opt,target=/etc/vsftpd " + "fauria/vsftpd:1`"},
		{"a volume of data", run + "-v data:/home/vsftpd " + image, "vsftpd anonymous false by the image fauria/vsftpd: https://github.com/fauria/docker-vsftpd"},
		{"an unknown image that publishes", open + run + "-v /opt/vsftpd.conf:/etc/vsftpd.conf example.com/files\n", "vsftpd named files\nvsftpd anonymous true `" + run + "-v /opt/vsftpd.conf:/etc/vsftpd.conf example.com/files`"},
		{"an unknown image", open + "docker run -v /opt/vsftpd.conf:/etc/vsftpd.conf example.com/files\n", "vsftpd present ? whether the image runs the server whose configuration is mounted isn't known `docker run -v /opt/vsftpd.conf:/etc/vsftpd.conf example.com/files`"},
		{"a command", open + "docker run -v /opt/vsftpd.conf:/etc/vsftpd.conf debian vsftpd /etc/vsftpd.conf\n", "vsftpd anonymous true `docker run -v /opt/vsftpd.conf:/etc/vsftpd.conf debian vsftpd /etc/vsftpd.conf`"},
		{"another server's file", open + run + "-v /opt/vsftpd.conf:/etc/vsftpd.conf example.com/proftpd:1\n", "ProFTPD anonymous ? what this image does with its settings isn't known"},
		{"a web server", "docker run -v /opt/nginx.conf:/etc/nginx/nginx.conf nginx\n", "none"},
		{"a shell beside a file", "docker run --rm -v /etc:/etc alpine\n" + open, "none"},
		{"a compose file", "cat > /opt/compose.yml <<X\nservices:\n  ftp:\n    image: fauria/vsftpd:1\n    volumes: ['/opt/vsftpd.conf:/etc/vsftpd/vsftpd.conf']\nX\n" + open + "docker compose -f /opt/compose.yml up -d\n", "vsftpd anonymous true `fauria/vsftpd:1`"},
		{"a long form", "cat > /opt/compose.yml <<X\nservices:\n  ftp:\n    image: fauria/vsftpd:1\n    volumes: [{type: bind, source: ./conf, target: /etc/vsftpd}]\nX\ndocker compose -f /opt/compose.yml up -d\n", why + "`fauria/vsftpd:1`"},
		{"a unit of podman", "cat > /etc/containers/systemd/ftp.container <<X\n[Container]\nImage=fauria/vsftpd\nVolume=/srv/v.conf:/etc/vsftpd/vsftpd.conf\nX\n", why + "`fauria/vsftpd`"},
	})
	readAll(t, host.Part{Kind: host.Document}, []readCase{
		{"a ConfigMap", config + "---\n" + pod, "vsftpd anonymous true `example.com/vsftpd:1`"},
		{"a ConfigMap that comes later", pod + "---\n" + config, "vsftpd anonymous true `example.com/vsftpd:1`"},
		{"one that isn't here", pod, why + "`example.com/vsftpd:1`"},
		{"one that nothing mounts", config, "none"},
	})
}
