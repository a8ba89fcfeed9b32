// Configuration files of the lab's services.

/** @param {string} socket */
export const busConfiguration = (
  socket,
) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`;

/**
 * It leaves the machine's name, its name servers and its firewall alone, and makes no profile by itself.
 * @param {{ profiles: string, polkit?: boolean, unmanaged?: string[], logLevel?: string, extra?: string }} options
 */
export const networkManagerConfiguration = ({
  profiles,
  polkit = false,
  unmanaged = [],
  logLevel = 'INFO',
  extra = '',
}) => `
[main]
plugins=keyfile
auth-polkit=${polkit}
dhcp=internal
dns=none
firewall-backend=none
hostname-mode=none
no-auto-default=*
systemd-resolved=false
[keyfile]
path=${profiles}
unmanaged-devices=${unmanaged.map((name) => `interface-name:${name}`).join(';')}
[connectivity]
enabled=false
[logging]
level=${logLevel}
${extra}
`;
