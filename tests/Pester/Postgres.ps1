# Dot-sourced by the suites that have a PostgreSQL server of their own.

function Start-Server {
    <# Starts a cluster on a port that nobody has, and returns the port. #>
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Binaries, [string] $Place, [string[]] $As)
    foreach ($try in 1..10) {
        # Another program may get it before the server does: then the server says so and ends.
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        # The server keeps what it inherits: no pipe, which would never end.
        & sh -c "cd /tmp; exec `"`$@`" >/dev/null 2>&1 </dev/null" sh @As "$Binaries/pg_ctl" -D "$Place/data" -t 120 -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off" -l "$Place/log" -w start
        if ($LASTEXITCODE -eq 0) {
            return $port
        }
        $said = Get-Content "$Place/log" -Raw
        if ($said -notlike '*Address already in use*') {
            break
        }
    }
    throw "The server did not start: $said"
}
