@echo off
rem Starts consensus; builds it first where that has not happened yet. The settings are those of the script `consensus`.
setlocal
set "HOME_DIR=%~dp0"
if "%HOME_DIR:~-1%"=="\" set "HOME_DIR=%HOME_DIR:~0,-1%"
if defined JAVA_HOME (set "JAVA=%JAVA_HOME%\bin\java.exe") else (for %%j in (java.exe) do set "JAVA=%%~$PATH:j")
if not exist "%JAVA%" (
  echo consensus: no java found; install a JDK 17 or newer, or set JAVA_HOME. 1>&2
  exit /b 2
)
rem a release has no sources, and nothing to build
set "LIBRARIES=%HOME_DIR%\lib"
set "JAR=%HOME_DIR%\lib\probe.jar"
if exist "%JAR%" goto start
set "LIBRARIES=%HOME_DIR%\probe\target\lib"
set "JAR=%HOME_DIR%\probe\target\probe.jar"
if exist "%JAR%" goto start
where mvn >nul 2>nul
if errorlevel 1 (
  echo consensus: not built yet, and mvn was not found; install Maven 3.8 or newer. 1>&2
  exit /b 2
)
echo consensus: building (once; the first time it fetches its libraries) ... 1>&2
pushd "%HOME_DIR%"
call mvn -B -ntp -q -pl probe -DskipTests package 1>&2
if errorlevel 1 (
  popd
  echo consensus: the build failed. 1>&2
  exit /b 1
)
popd

:start
rem threads that wait sleep, so that loading a layer beside a block is not starved
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=passive"
rem MKL otherwise splits sums by the number of threads and of rows: strict mode, which Intel's processors have, gives the same
rem bits for any. AMD's take the kernels meant for them only when asked
if not defined MKL_CBWR (
  set "MKL_CBWR=AUTO,STRICT"
  echo "%PROCESSOR_IDENTIFIER%" | "%SystemRoot%\System32\find.exe" "AuthenticAMD" >nul && set "MKL_CBWR=AVX2"
)
set "TEMPORARY="
if defined TMPDIR set TEMPORARY="-Djava.io.tmpdir=%TMPDIR%"
rem what the program writes is UTF-8; the console is asked to read it so, and set back afterwards
set "CODE_PAGE="
for /f "tokens=2 delims=:." %%p in ('chcp 2^>nul') do set "CODE_PAGE=%%p"
if defined CODE_PAGE chcp 65001 >nul 2>nul
"%JAVA%" -XX:+UseSerialGC -XX:NewSize=24m -Dai.djl.offline=true -DOPT_OUT_TRACKING=true -DRUST_FLAVOR=cpu -Djava.awt.headless=true -Dfile.encoding=UTF-8 %TEMPORARY% "-Dconsensus.home=%HOME_DIR%" %CONSENSUS_JAVA_OPTIONS% -cp "%JAR%;%LIBRARIES%\*" org.consensusprobe.cli.Main %*
set "RESULT=%ERRORLEVEL%"
if defined CODE_PAGE chcp %CODE_PAGE% >nul 2>nul
exit /b %RESULT%
