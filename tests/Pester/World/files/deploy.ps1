Set-Content deployed.txt 'deployed'
